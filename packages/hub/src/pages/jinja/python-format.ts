import { dictEntries, isSafe, safe, str } from './python-values.js'

/** `template % values`: `%s`, `%d`, `%.2f`, `%(name)s`, `%%`. */
export function percentFormat(template: unknown, values: unknown): unknown {
  const named = dictEntries(values)
  const list = Array.isArray(values) ? [...(values as unknown[])] : [values] // Array.isArray gives any[]
  const text = str(template).replace(
    /%(?:\((\w+)\))?([-0+ ]*)(\d*)(?:\.(\d+))?([sdifrxX%])/g,
    (_, name: string | undefined, flags: string, width: string, precision: string | undefined, type: string) => {
      if (type === '%') return '%'
      const value = name === undefined ? list.shift() : named?.find(([key]) => key === name)?.[1]
      return pad(
        formatValue(value, type, precision),
        width,
        flags.includes('-') ? '<' : '>',
        flags.includes('0') ? '0' : ' ',
      )
    },
  )
  return isSafe(template) ? safe(text) : text
}

/** `template.format(…)`: `{}`, `{0}`, `{name}`, `{:.2f}`, `{:>10}`, `{:,}`. */
export function braceFormat(
  template: string,
  positional: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
): string {
  let next = 0
  return template.replace(
    /\{\{|\}\}|\{(\w*)((?:\.\w+|\[\w+\])*)(?::([^{}]*))?\}/g,
    (match, key: string, path: string, spec: string | undefined) => {
      if (match === '{{') return '{'
      if (match === '}}') return '}'
      let value = key === '' ? positional[next++] : /^\d+$/.test(key) ? positional[Number(key)] : named[key]
      for (const part of path.match(/\w+/g) ?? []) value = member(value, part)
      return applySpec(value, spec ?? '')
    },
  )
}

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined // an object has members

function applySpec(value: unknown, spec: string): string {
  const match = /^(?:(.?)([<>^]))?(0?)(\d*)(,?)(?:\.(\d+))?([sdfxX%]?)$/.exec(spec)
  if (match === null) return str(value)
  const [, fill, align, zero, width, comma, precision, type] = match
  let text =
    type === '%'
      ? `${(Number(value) * 100).toFixed(Number(precision ?? 6))}%`
      : formatValue(value, type ?? '', precision)
  if (comma === ',') text = text.replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ',')
  const byDefault = typeof value === 'number' ? '>' : '<'
  return pad(text, width ?? '', align ?? byDefault, zero === '0' ? '0' : (fill ?? ' ') || ' ')
}

function formatValue(value: unknown, type: string, precision: string | undefined): string {
  if (type === 'f') return Number(value).toFixed(Number(precision ?? 6))
  if (type === 'd' || type === 'i') return String(Math.trunc(Number(value)))
  if (type === 'x') return Number(value).toString(16)
  if (type === 'X') return Number(value).toString(16).toUpperCase()
  const text = value === null || value === undefined ? 'None' : str(value)
  return precision === undefined ? text : text.slice(0, Number(precision))
}

function pad(text: string, width: string, align: string, fill: string): string {
  const size = Number(width)
  if (align === '^') return text.padStart(Math.floor((size + text.length) / 2), fill).padEnd(size, fill)
  return align === '<' ? text.padEnd(size, fill) : text.padStart(size, fill)
}

const months = 'January February March April May June July August September October November December'.split(' ')
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** `time.strftime(pattern)`, in UTC. */
export function strftime(time: Date, pattern: string): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const month = months[time.getUTCMonth()] ?? ''
  const day = days[time.getUTCDay()] ?? ''
  const fields: Readonly<Record<string, string>> = {
    Y: String(time.getUTCFullYear()),
    y: two(time.getUTCFullYear() % 100),
    m: two(time.getUTCMonth() + 1),
    B: month,
    b: month.slice(0, 3),
    d: two(time.getUTCDate()),
    A: day,
    a: day.slice(0, 3),
    H: two(time.getUTCHours()),
    I: two(time.getUTCHours() % 12 || 12),
    p: time.getUTCHours() < 12 ? 'AM' : 'PM',
    M: two(time.getUTCMinutes()),
    S: two(time.getUTCSeconds()),
    f: String(time.getUTCMilliseconds() * 1000).padStart(6, '0'),
    Z: 'UTC',
    z: '+0000',
    '%': '%',
  }
  return pattern.replace(/%(.)/g, (match, directive: string) => fields[directive] ?? match)
}
