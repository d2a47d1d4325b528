import type { ConfigErrorCode, ConfigProblem } from './config-error.js'
import { PythonOnly } from './files/python-values.js'
import { pythonRepr } from './format.js'
import { isPlainObject } from './kinds/copy.js'
import { masked } from './mask.js'
import type { Setting } from './setting.js'
import type { Trait } from './trait.js'

/** Longer values are cut in messages. */
const SHOWN_LENGTH = 120

/** What a setting says, with what is wrong about it: `file, line 3: Spawner.port = 'x': expected an int.` */
export function problemWith(
  setting: Setting,
  trait: Trait | undefined,
  code: ConfigErrorCode,
  what: string,
  suggestion?: string,
): ConfigProblem {
  const { section, source } = setting
  const option = setting.trait === '' ? section : `${section}.${setting.trait}`
  const value = shownValue(setting, trait)
  const place =
    source.from === 'file'
      ? `${source.file}${source.line === undefined ? '' : `, line ${source.line}`}: ${option} ${changeSign(setting)} ${value}`
      : source.from === 'command line'
        ? `${source.option}=${value}`
        : `${option} = ${value}`
  return {
    code,
    message: `${place}: ${what}`,
    option,
    value,
    ...(source.from === 'file' ? { file: source.file } : {}),
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

function changeSign({ change }: Setting): string {
  return change.op === 'assign' || change.op === 'texts' ? '=' : change.op
}

function shownValue(setting: Setting, trait: Trait | undefined): string {
  const { change } = setting
  const show = (value: unknown): string => pythonRepr(masked(value, setting.trait, trait))
  switch (change.op) {
    case 'assign':
      return cut(show(change.value))
    case 'texts':
      // As it was typed, without quotes.
      return cut(change.texts.map((text) => String(masked(text, setting.trait, trait))).join(' '))
    case 'insert':
      return cut(show(change.item))
    case 'update':
      return cut(show(change.entries))
    default:
      return cut(change.items.map(show).join(', '))
  }
}

function cut(text: string): string {
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH)}… (${text.length} characters)`
}

/** The first value in there that only Python can use, and where it is. */
export function findPythonOnly(
  value: unknown,
  path = '',
): { readonly found: PythonOnly; readonly path: string } | undefined {
  if (value instanceof PythonOnly) return { found: value, path }
  const items: [string, unknown][] =
    Array.isArray(value) || value instanceof Set
      ? [...value].map((item, index) => [`[${index}]`, item])
      : isPlainObject(value)
        ? Object.entries(value).map(([key, item]) => [`[${pythonRepr(key)}]`, item])
        : []
  for (const [step, item] of items) {
    const inside = findPythonOnly(item, path + step)
    if (inside !== undefined) return inside
  }
  return undefined
}

/** What to do about such a value. */
export function pythonOnlyAdvice({ sort, name }: PythonOnly, path: string): string {
  const where = path === '' ? 'this' : `the value at ${path}`
  const plain = /^[A-Za-z_]\w*$/.test(name) ? name : 'name'
  switch (sort) {
    case 'callable':
      return (
        `${where} is the Python function ${name}, which the hub cannot call because it does not run on Python. ` +
        `Write it in JavaScript and name it as 'hooks.mjs#${plain}', or write the configuration as jupyterhub_config.mjs.`
      )
    case 'class':
      return `${where} is the Python class ${name}; name a class of this hub as a string instead.`
    case 'object':
      return `${where} is a Python object (${name}); use plain values: text, numbers, lists, sets, dicts.`
  }
}
