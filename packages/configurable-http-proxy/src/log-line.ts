import { formatFields, type LineFormat, stacksOf } from '@hub/daemon'

/** `<ISO time> [ConfigProxy] <level>: <text>`, which tools wait for. */
export const proxyLine: LineFormat = ({ level, event, fields, time }) =>
  `${time.toISOString()} [ConfigProxy] ${level}: ${oneLine(event)}${formatFields(fields)}${level === 'error' ? stacksOf(fields) : ''}`

/** The name of a route may have any character in it, but must not make up lines of the log. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => encodeURIComponent(character))
}
