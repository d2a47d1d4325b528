import { MASK, Secret } from './secret.js'
import { isPlainObject } from './kinds/copy.js'
import { PythonOnly } from './files/python-values.js'

/** Writes a value the way Python does; also how `--show-config` and messages show values. */
export function pythonRepr(value: unknown): string {
  if (value === null) return 'None'
  if (value === undefined) return 'undefined'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return pythonString(value)
  if (typeof value === 'number') return pythonNumber(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (value instanceof Set) return value.size === 0 ? 'set()' : `{${[...value].map(pythonRepr).join(', ')}}`
  if (value instanceof Uint8Array) return pythonBytes(value)
  if (isPlainObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${pythonString(key)}: ${pythonRepr(item)}`)
      .join(', ')}}`
  }
  return objectName(value)
}

/** Writes a value as a JavaScript expression. */
export function javascriptLiteral(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return javascriptString(value)
  if (Array.isArray(value)) return `[${value.map(javascriptLiteral).join(', ')}]`
  if (value instanceof Set) return value.size === 0 ? 'new Set()' : `new Set(${javascriptLiteral([...value])})`
  if (value instanceof Uint8Array) return `Buffer.from('${Buffer.from(value).toString('hex')}', 'hex')`
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => {
      const name = /^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__' ? key : `[${javascriptString(key)}]`
      return `${name}: ${javascriptLiteral(item)}`
    })
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
  }
  return value === undefined ? 'undefined' : objectName(value)
}

/** Writes a value so that YAML (and JSON) read it back on one line. */
export function yamlFlow(value: unknown): string {
  if (value === Infinity) return '.inf'
  if (value === -Infinity) return '-.inf'
  if (Array.isArray(value) || value instanceof Set) return `[${[...value].map(yamlFlow).join(', ')}]`
  if (value instanceof Uint8Array) return `!!binary "${Buffer.from(value).toString('base64')}"`
  if (isPlainObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${yamlFlow(item)}`)
      .join(', ')}}`
  }
  // JSON's escapes are YAML's, too.
  return (
    JSON.stringify(typeof value === 'function' || typeof value === 'object' ? value && objectName(value) : value) ??
    'null'
  )
}

/** The value as JSON can hold it: sets as lists, functions and classes by name, secrets masked. */
export function jsonValue(value: unknown): unknown {
  if (Array.isArray(value) || value instanceof Set) return [...value].map(jsonValue)
  if (value instanceof Secret) return MASK
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonValue(item)]))
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value === undefined) return null
  return typeof value === 'function' || (typeof value === 'object' && value !== null) ? objectName(value) : value
}

function objectName(value: unknown): string {
  if (value instanceof Secret) return MASK
  if (value instanceof PythonOnly) return `<Python ${value.sort} ${value.name}>`
  if (typeof value === 'function') {
    const isClass = /^class\b/.test(Function.prototype.toString.call(value))
    return `<${isClass ? 'class' : 'function'} ${value.name === '' ? 'without a name' : value.name}>`
  }
  // Anything else is an instance of some class.
  const constructor: unknown = typeof value === 'object' && value !== null ? value.constructor : undefined
  return typeof constructor === 'function' ? `<${constructor.name} object>` : `<${typeof value}>`
}

function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return "float('nan')"
  if (!Number.isFinite(value)) return value > 0 ? "float('inf')" : "float('-inf')"
  return String(value)
}

// Finding control characters is the point.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\\\u0000-\u001f\u007f-\u00a0\u00ad\u2028\u2029\ud800-\udfff]/gu
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeControl(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0)
    return SHORT_ESCAPES[character] ?? (code < 256 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`)
  })
}

function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = escapeControl(text)
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}

function javascriptString(text: string): string {
  // The escapes used by pythonString mean the same in JavaScript.
  return pythonString(text)
}

function pythonBytes(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) =>
    byte < 32 || byte > 126 || byte === 39 || byte === 92 ? `\\x${hex(byte, 2)}` : String.fromCharCode(byte),
  )
  return `b'${text.join('')}'`
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0')
}
