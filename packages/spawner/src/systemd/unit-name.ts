import { createHash } from 'node:crypto'
import { expand, type UnitNames } from './expand.js'

/** Without `.service`, which is 8 of the 255 characters a unit's name may have. */
const LONGEST = 240

/**
 * The unit of a server, without `.service`. A named server is told apart by a colon, which no account's name contains:
 * with a dash, server `x` of `ada` would be the default server of `ada-x`.
 */
export function unitName(template: string, names: UnitNames): string {
  const named = names.SERVERNAME === '' || template.includes('{SERVERNAME}') ? template : `${template}:{SERVERNAME}`
  return shortened(escapeUnit(expand(named, names)))
}

/** Name of the unit's directory below /run. systemd reads colons and backslashes in it as something else. */
export function runtimeDirectory(unit: string): string {
  const safe = unit.replace(/[^A-Za-z0-9_.@-]/g, '_').replace(/^\.+/, '_')
  return safe === unit ? unit : `${safe}-${digest(unit)}`
}

/** As systemd-escape does. */
function escapeUnit(name: string): string {
  return Array.from(Buffer.from(name), (byte, index) => {
    const character = String.fromCharCode(byte)
    const stands = /[A-Za-z0-9:_.@-]/.test(character) && !(index === 0 && character === '.')
    return stands ? character : `\\x${byte.toString(16).padStart(2, '0')}`
  }).join('')
}

function shortened(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 17).replace(/\\x?.?$/, '')}-${digest(name)}`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
