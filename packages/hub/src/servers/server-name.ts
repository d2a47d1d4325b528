import { badRequest } from '../http/hub-error.js'

/** 1–30 of a–z, 0–9 and single hyphens; a letter first, a letter or digit last. */
export function isValidServerName(name: string): boolean {
  return name.length <= 30 && /^[a-z](?:-?[a-z0-9])*$/.test(name)
}

/**
 * The name people see: 1–255 letters, marks, numbers, punctuation and symbols, with single spaces between.
 *
 * @returns it in Unicode's normal form C
 * @throws {@link HubError} 400 naming `display_name`
 */
export function checkDisplayName(value: string): string {
  const name = value.normalize('NFC')
  const length = Array.from(name).length // code points, as people would count most of them
  if (
    length >= 1 &&
    length <= 255 &&
    /^[\p{L}\p{Mc}\p{Me}\p{Mn}\p{N}\p{P}\p{S}]+(?: [\p{L}\p{Mc}\p{Me}\p{Mn}\p{N}\p{P}\p{S}]+)*$/u.test(name)
  ) {
    return name
  }
  throw badRequest(
    'Invalid display_name: use 1 to 255 printable characters, with single spaces between words only.',
    'invalid_display_name',
  )
}

/** @throws {@link HubError} 400 showing the name with control characters escaped */
export function checkServerName(name: string): void {
  if (!isValidServerName(name)) throw badRequest(`Invalid server_name: ${quoted(name)}`, 'invalid_server_name')
}

/** In single quotes, unprintable characters escaped, as people know it from upstream's messages. */
export function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`
}
