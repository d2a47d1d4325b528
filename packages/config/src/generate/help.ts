import type { CommandLineTables, FlagDefinition } from '../command-line.js'
import type { Configurable } from '../configurable.js'
import { pythonRepr } from '../format.js'
import { describe, type Described, helpParagraphs, kindText, withParents, wrap } from './describe.js'

/** What the help of a command is made of. */
export interface HelpRequest extends CommandLineTables {
  /** The command as it is typed: `jupyterhub token`. */
  readonly command: string
  /** What it does, in a sentence or two. */
  readonly about: string
  /** Words besides options, for the usage line: `[NAME]`. */
  readonly operands?: string
  readonly subcommands?: Readonly<Record<string, string>>
  /** Command lines worth copying, with what they do. */
  readonly examples?: readonly { readonly line: string; readonly does: string }[]
  readonly classes: readonly Configurable[]
}

const WIDTH = 92
const INDENT = '    '

/** The answer to `--help`: usage, subcommands, flags and short options, examples. */
export function helpText(request: HelpRequest): string {
  return join([...opening(request), ...shortOptions(request), ...closing(request)])
}

/** The answer to `--help-all`: the same and every option of every class. */
export function helpAll(request: HelpRequest): string {
  return join([...opening(request), ...shortOptions(request), ...classOptions(request), ...closing(request)])
}

/** What to print with a usage error: one line and where to learn more. */
export function usageText({ command, operands = '', subcommands }: HelpRequest): string {
  const words = [command, subcommands === undefined ? '' : '[COMMAND]', '[OPTIONS]', operands].filter(
    (word) => word !== '',
  )
  return `Usage: ${words.join(' ')}\nSee '${command} --help' for the options there are.\n`
}

function opening(request: HelpRequest): string[] {
  const [usage = ''] = usageText(request).split('\n')
  const commands = Object.entries(request.subcommands ?? {})
  return [
    ...wrap(request.about, WIDTH),
    '',
    usage,
    '',
    ...(commands.length === 0 ? [] : heading('Commands')),
    ...commands.flatMap(([name, does]) => entry(`${request.command} ${name}`, [does])),
  ]
}

function shortOptions({ flags = {}, aliases = {}, classes }: HelpRequest): string[] {
  const known = new Map(withParents(classes).map((configurable) => [configurable.name, configurable]))
  const names = new Map<string, string[]>()
  for (const [alias, target] of Object.entries(aliases)) names.set(target, [...(names.get(target) ?? []), alias])
  return [
    ...heading('Options'),
    ...entry('-h, --help', ['Print this help.']),
    ...entry('--help-all', ['Print this help with every option of every class.']),
    ...entry('--version', ['Print the version.']),
    ...Object.entries(flags).flatMap(([name, flag]) => entry(`--${name}`, [flag.help, equivalent(flag)])),
    ...[...names].flatMap(([target, shorts]) => aliasEntry(target, shorts, known)),
    ...entry('--Class.option=<value>', ['Any option of any class; see --help-all.']),
  ]
}

function equivalent(flag: FlagDefinition): string {
  const options = Object.entries(flag.set).map(
    ([target, value]) => `--${target}=${pythonRepr(value).replace(/^'|'$/g, '')}`,
  )
  return `Equivalent to: ${options.join(' ')}`
}

function aliasEntry(target: string, shorts: readonly string[], known: ReadonlyMap<string, Configurable>): string[] {
  const [section = '', name = ''] = target.split('.')
  const configurable = known.get(section)
  const described =
    configurable === undefined ? undefined : describe(configurable).find((option) => option.name === name)
  const typed = shorts.map((short) => (short.length === 1 ? `-${short}` : `--${short}`)).join(', ')
  if (described === undefined) return entry(`${typed}=<value>`, [`Equivalent to: --${target}`])
  const paragraphs = [...helpParagraphs(described), `Default: ${defaultText(described)}`, `Equivalent to: --${target}`]
  return entry(`${typed}=<${kindText(described.trait)}>`, paragraphs)
}

function classOptions({ classes }: HelpRequest): string[] {
  return withParents(classes).flatMap((configurable) => {
    const options = describe(configurable).filter(({ inheritedFrom }) => inheritedFrom === undefined)
    const parent = configurable.parent === undefined ? '' : ` (and all of ${configurable.parent.name})`
    return [
      ...heading(`${configurable.name} options${parent}`),
      ...options.flatMap((described) =>
        entry(`--${configurable.name}.${described.name}=<${kindText(described.trait)}>${repeats(described)}`, [
          ...helpParagraphs(described),
          `Default: ${defaultText(described)}`,
        ]),
      ),
    ]
  })
}

/** Containers are given item by item. */
function repeats({ trait }: Described): string {
  return trait.kind.container === undefined ? '' : '...'
}

export function defaultText({ trait, default: declared }: Described): string {
  return trait.defaultText ?? (declared === undefined ? 'a function' : pythonRepr(declared.value))
}

function closing({ examples = [] }: HelpRequest): string[] {
  return examples.length === 0
    ? []
    : [...heading('Examples'), ...examples.flatMap(({ line, does }) => entry(line, [does]))]
}

function heading(text: string): string[] {
  return [text, '='.repeat(text.length)]
}

function entry(title: string, paragraphs: readonly string[]): string[] {
  return [title, ...paragraphs.flatMap((paragraph) => wrap(paragraph, WIDTH).map((line) => INDENT + line)), '']
}

function join(lines: readonly string[]): string {
  return `${lines.join('\n').trimEnd()}\n`
}
