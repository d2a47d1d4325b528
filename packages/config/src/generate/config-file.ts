import { extname } from 'node:path'
import { configError } from '../config-error.js'
import type { Configurable } from '../configurable.js'
import { lineage } from '../configurable.js'
import { javascriptLiteral, pythonRepr, yamlFlow } from '../format.js'
import { describe, type Described, helpParagraphs, kindText, withParents, wrap } from './describe.js'

const WIDTH = 100
const RULE = '-'.repeat(78)

/** How one language writes a configuration of comments. */
interface Dialect {
  readonly comment: string
  readonly head: readonly string[]
  readonly foot: readonly string[]
  readonly indent: string
  /** A line that opens a class's section, where the language needs one. */
  opening(configurable: Configurable): readonly string[]
  assignment(described: Described, value: string): string
  literal(value: unknown): string
}

const python: Dialect = {
  comment: '#',
  head: ['c = get_config()  # noqa'],
  foot: [],
  indent: '',
  opening: () => [],
  assignment: ({ configurable, name }, value) => `c.${configurable.name}.${name} = ${value}`,
  literal: pythonRepr,
}

const javascript: Dialect = {
  comment: '//',
  head: ['export default (c) => {'],
  foot: ['}'],
  indent: '  ',
  opening: () => [],
  assignment: ({ configurable, name }, value) => `c.${configurable.name}.${name} = ${value}`,
  literal: javascriptLiteral,
}

const commonjs: Dialect = { ...javascript, head: ['module.exports = (c) => {'] }

const yaml: Dialect = {
  comment: '#',
  head: [],
  foot: [],
  indent: '',
  opening: ({ name }) => [`${name}:`],
  // Two spaces, so that taking away the comment sign leaves an entry of the section.
  assignment: ({ name }, value) => `  ${name}: ${value}`,
  literal: yamlFlow,
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  '.py': python,
  '.ts': javascript,
  '.mts': javascript,
  '.js': javascript,
  '.mjs': javascript,
  '.cjs': commonjs,
  '.yaml': yaml,
  '.yml': yaml,
}

/**
 * Writes a configuration file in which every option stands with its help and default, as a comment.
 *
 * @param target - the file it is for; its extension decides the language
 * @throws ConfigError where the language has no comments
 */
export function generateConfig(classes: readonly Configurable[], target = 'jupyterhub_config.py'): string {
  const extension = extname(target)
  const dialect = DIALECTS[extension]
  if (dialect === undefined) {
    const why =
      extension === '.json' ? 'JSON has no comments, so defaults cannot be shown in it' : 'its form is not known'
    throw configError(
      'config_file_form',
      `No default configuration can be written to ${target}: ${why}. Choose a name ending in ${Object.keys(DIALECTS).join(', ')}.`,
      { file: target },
    )
  }
  const body = withParents(classes).flatMap((configurable) => section(configurable, dialect))
  const lines = [`${dialect.comment} Configuration of the hub. Take away the comment sign to set an option.`, '']
  lines.push(...dialect.head, '', ...body.map((line) => (line === '' ? '' : dialect.indent + line)), ...dialect.foot)
  return `${lines.join('\n').trimEnd()}\n`
}

function section(configurable: Configurable, dialect: Dialect): readonly string[] {
  const { comment } = dialect
  const banner = lineage(configurable)
    .map(({ name }, index) => (index === 0 ? name : `(${name})`))
    .join(' ')
  const help = wrap(configurable.help, WIDTH).filter((line) => line !== '')
  return [
    `${comment}${RULE}`,
    `${comment} ${banner} configuration`,
    `${comment}${RULE}`,
    ...help.map((line) => `${comment} ${line}`),
    '',
    ...dialect.opening(configurable),
    ...describe(configurable).flatMap((described) => option(described, dialect)),
  ]
}

function option(described: Described, dialect: Dialect): readonly string[] {
  const { comment } = dialect
  const { trait, inheritedFrom } = described
  const value = described.default === undefined ? undefined : dialect.literal(described.default.value)
  const assignment = `${comment} ${dialect.assignment(described, value ?? placeholder(described, dialect))}`
  const [first = '', ...paragraphs] = helpParagraphs(described)
  if (inheritedFrom !== undefined) {
    const [line = ''] = wrap(first, WIDTH)
    return [
      `${comment}${comment} ${line}`,
      `${comment}  See also: ${inheritedFrom.name}.${described.name}`,
      assignment,
      '',
    ]
  }
  const help = [first, ...paragraphs].flatMap((paragraph) => [...wrap(paragraph, WIDTH)])
  return [
    ...help.map((line, index) => `${index === 0 ? comment + comment : `${comment} `} ${line}`),
    `${comment}  Kind: ${kindText(trait)}`,
    `${comment}  Default: ${trait.defaultText ?? value ?? 'a function'}`,
    assignment,
    '',
  ]
}

/** Stands where the default cannot be written down. */
function placeholder({ trait, name }: Described, dialect: Dialect): string {
  return dialect.literal(trait.kind.registry === undefined ? `hooks.mjs#${name}` : 'module.mjs#Class')
}
