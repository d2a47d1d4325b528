import { createHash } from 'node:crypto'
import { expand, type UnitNames } from './expand.js'

/** Without `.service`, which is 8 of the 255 characters a unit's name, or a folder's, may have. */
const LONGEST = 240

/**
 * The unit of a server, without `.service`. A named server is told apart by a colon, which is escaped within names:
 * with a dash, server `x` of `ada` would be the default server of `ada-x`.
 */
export function unitName(template: string, names: UnitNames): string {
  const named = names.SERVERNAME === '' || template.includes('{SERVERNAME}') ? template : `${template}:{SERVERNAME}`
  // Every second part is a name between braces.
  const parts = named.split(/(\{(?:USERNAME|USERID|SERVERNAME)\})/)
  const text = parts
    .map((part, index) => (index % 2 === 0 ? escaped(part, /[A-Za-z0-9:_.@-]/) : escaped(expand(part, names))))
    .join('')
    .replace(/^\./, '\\x2e')
  // Two colons stand in no other name.
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 18).replace(/\\x?.?$/, '')}::${digest(text)}`
}

/** Name of the unit's directory below /run. systemd reads colons and backslashes in it as something else. */
export const runtimeDirectory = (unit: string): string => folderName(unit)

/** Where a dynamic user's files are, below /var/lib. */
export const stateDirectory = ({ USERNAME }: UnitNames): string => folderName(USERNAME)

/** No two names have one folder: an equals sign stands for nothing but what it replaces. */
function folderName(name: string): string {
  const safe = Array.from(Buffer.from(name), (byte, index) => {
    const character = String.fromCharCode(byte)
    const stands = /[A-Za-z0-9_.@-]/.test(character) && !(index === 0 && character === '.')
    return stands ? character : `=${byte.toString(16).padStart(2, '0')}`
  }).join('')
  return safe.length <= LONGEST ? safe : `${safe.slice(0, LONGEST - 18)}==${digest(name)}`
}

/** As systemd-escape does. */
function escaped(name: string, kept = /[A-Za-z0-9_.@-]/): string {
  return Array.from(Buffer.from(name), (byte) => {
    const character = String.fromCharCode(byte)
    return kept.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`
  }).join('')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
