import type { Configurable } from '../configurable.js'
import { describe, type Described, helpParagraphs, kindText, withParents } from './describe.js'
import { defaultText } from './help.js'

/** All options of all classes as Markdown, for the reference: one table per class. */
export function settingsReference(classes: readonly Configurable[]): string {
  const all = withParents(classes)
  const own = all.map((configurable) =>
    describe(configurable).filter(({ inheritedFrom }) => inheritedFrom === undefined),
  )
  const count = own.reduce((sum, options) => sum + options.length, 0)
  const lines = [
    '# Settings',
    '',
    `${count} options in ${all.length} classes. Set one as \`c.Class.option = value\` in the configuration file or as`,
    '`--Class.option=value` on the command line. A class has the options of its parent, too; what is set on the class',
    'itself counts more than what is set on the parent.',
    '',
    ...all.flatMap((configurable, index) => sectionFor(configurable, own[index] ?? [])),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function sectionFor(configurable: Configurable, options: readonly Described[]): string[] {
  const { name, help, parent, aliases, formerNames } = configurable
  const facts = [
    parent === undefined ? '' : `Parent: [${parent.name}](#${parent.name.toLowerCase()}).`,
    aliases.length === 0 ? '' : `Also known as ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`,
    formerNames.length === 0 ? '' : `Formerly ${formerNames.map((former) => `\`${former}\``).join(', ')}.`,
  ].filter((fact) => fact !== '')
  return [
    `## ${name}`,
    '',
    ...(help === '' ? [] : [prose(help.replace(/\s+/g, ' ')), '']),
    ...(facts.length === 0 ? [] : [facts.join(' '), '']),
    ...table(['Option', 'Kind', 'Default', 'Meaning'], options.map(row)),
    ...secondNames(configurable),
    ...otherDefaults(configurable),
    ...fixedValues(configurable),
    ...removedNames(configurable),
  ]
}

function row(described: Described): string[] {
  return [
    code(described.name),
    kindText(described.trait),
    shownDefault(described),
    prose(helpParagraphs(described).join(' ')),
  ]
}

function secondNames({ name, own, traits }: Configurable): string[] {
  const names = [...own].flatMap((alias) => {
    const target = traits[alias]?.aliasOf
    return target === undefined ? [] : [`${code(`${name}.${alias}`)} is another name for ${code(`${name}.${target}`)}.`]
  })
  return names.length === 0 ? [] : [...names, '']
}

function otherDefaults(configurable: Configurable): string[] {
  const options = describe(configurable).filter(({ name }) => configurable.overridden.has(name))
  if (options.length === 0) return []
  return ['Other defaults than in the parent:', '', ...table(['Option', 'Default'], options.map(otherDefault))]
}

function otherDefault(described: Described): string[] {
  return [code(described.name), shownDefault(described)]
}

/** A value stands as code; words about it do not. */
function shownDefault(described: Described): string {
  const { trait, default: declared } = described
  return trait.defaultText === undefined && declared !== undefined
    ? code(defaultText(described))
    : prose(defaultText(described))
}

/** Outside of backticks, `<name>` would be taken for HTML. */
function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '\\<') : part))
    .join('')
}

function fixedValues({ fixed, parent }: Configurable): string[] {
  const here = Object.keys(fixed).filter((name) => !Object.hasOwn(parent?.fixed ?? {}, name))
  return here.length === 0 ? [] : [`Cannot be set here: ${here.map(code).join(', ')}.`, '']
}

function removedNames({ removed, parent }: Configurable): string[] {
  const here = Object.entries(removed).filter(([name]) => !Object.hasOwn(parent?.removed ?? {}, name))
  if (here.length === 0) return []
  return [
    'No longer supported; setting them gives a warning:',
    '',
    ...table(['Option', 'Instead'], here.map(removedRow)),
  ]
}

function removedRow([name, advice]: [string, string]): string[] {
  return [code(name), prose(advice)]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line), '']
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|')
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}
