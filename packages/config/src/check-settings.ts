import { type Change, NotChangeable } from './change.js'
import { configError, ConfigError, type ConfigErrorCode, type ConfigProblem } from './config-error.js'
import type { Configurable } from './configurable.js'
import { PythonOnly } from './files/python-values.js'
import { type Importer, KindMismatch, type ParseContext } from './kinds/kind.js'
import { pythonRepr } from './format.js'
import { findPythonOnly, problemWith, pythonOnlyAdvice } from './problem.js'
import { checkTrait } from './resolve.js'
import { type Setting, sourceText } from './setting.js'
import type { Trait } from './trait.js'
import type { Vocabulary } from './vocabulary.js'

export interface CheckRequest {
  /** Settings of one file or of the command line. */
  readonly settings: readonly Setting[]
  readonly vocabulary: Vocabulary
  readonly importer: Importer
  readonly parse: Omit<ParseContext, 'expandTilde' | 'warn'>
  readonly unknownNames: 'error' | 'warn'
  /** Tells what is worth a line in the log. */
  readonly warn: (message: string) => void
  /** Tells what is wrong; the check goes on, so that all problems are found at once. */
  readonly refuse: (problem: ConfigProblem) => void
  readonly onUnknown: (name: string) => void
}

/** @returns the settings under today's names, with checked kinds; what was refused is left out */
export async function checkSettings(request: CheckRequest): Promise<Setting[]> {
  const checked: Setting[] = []
  // Values carried over from old names come first, so that the new name counts where both are set.
  const carried: Setting[] = []
  for (const setting of request.settings) {
    const located = locate(setting, request)
    if (located === undefined) continue
    const ready = await readValue(located, request)
    if (ready === undefined) continue
    const { setting: done, trait } = located
    const moved = movedSettings({ ...done, change: ready }, trait, request)
    carried.push(...(await checkMoved(moved, request)))
    if (trait.aliasOf === undefined) checked.push({ ...done, change: ready })
  }
  return [...carried, ...checked]
}

interface Located {
  readonly setting: Setting
  readonly trait: Trait
  readonly configurable: Configurable
}

function locate(setting: Setting, request: CheckRequest): Located | undefined {
  const { section, trait: name } = setting
  const written = name === '' ? section : `${section}.${name}`
  const meaning = request.vocabulary.meaning(section, name)
  const unknown = (code: ConfigErrorCode, what: string, suggestion: string | undefined): void => {
    const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
    const problem = problemWith(setting, undefined, code, `${what}.${hint}`, suggestion)
    if (request.unknownNames === 'error') {
      request.refuse(problem)
    } else {
      request.onUnknown(written)
      request.warn(problem.message)
    }
  }
  switch (meaning.is) {
    case 'option': {
      if (meaning.warning !== undefined) request.warn(`${sourceText(setting.source)}: ${meaning.warning}.`)
      const { configurable, trait } = meaning
      return { setting: { ...setting, section: configurable.name }, trait, configurable }
    }
    case 'fixed':
      request.refuse(
        problemWith(
          setting,
          undefined,
          'config_invalid',
          `it is always ${pythonRepr(meaning.value)} and cannot be set.`,
        ),
      )
      return undefined
    case 'removed':
      request.warn(`${sourceText(setting.source)}: ${written} has no effect: ${meaning.advice}`)
      return undefined
    case 'unknown option':
      unknown('config_unknown_option', `${section} has no option ${name}`, meaning.suggestion)
      return undefined
    case 'unknown class':
      unknown('config_unknown_class', `there is no class ${section} to configure`, meaning.suggestion)
      return undefined
  }
}

/** Turns text into values and names into what they name, and checks the kind. */
async function readValue({ setting, trait }: Located, request: CheckRequest): Promise<Change | undefined> {
  try {
    const { change } = setting
    if (change.op !== 'assign' && change.op !== 'texts') {
      assertPortable('entries' in change ? change.entries : 'items' in change ? change.items : [change.item])
      return change
    }
    const raw = change.op === 'texts' ? parseTexts(change.texts, setting, trait, request) : change.value
    const named = await resolveNames(raw, trait, request.importer)
    assertPortable(named)
    return { op: 'assign', value: checkedValue(trait, named), ...(named === raw ? {} : { written: raw }) }
  } catch (error) {
    const problem = problemFrom(error, setting, trait)
    if (problem === undefined) throw error
    request.refuse(problem)
    return undefined
  }
}

/** @throws ConfigError when there is something in the value that only Python can use */
function assertPortable(value: unknown): void {
  const foreign = findPythonOnly(value)
  if (foreign !== undefined) throw configError('config_not_portable', pythonOnlyAdvice(foreign.found, foreign.path))
}

function parseTexts(texts: readonly string[], setting: Setting, trait: Trait, request: CheckRequest): unknown {
  if (trait.nullable && texts.at(-1) === 'None') return null
  const option = setting.source.from === 'command line' ? setting.source.option : setting.trait
  return trait.kind.parse(texts, {
    ...request.parse,
    expandTilde: trait.expandTilde ?? true,
    warn: (message) => request.warn(`${option}: ${message}`),
  })
}

async function resolveNames(raw: unknown, trait: Trait, importer: Importer): Promise<unknown> {
  if (trait.kind.resolve === undefined) return raw
  // `spawner_class = SomePythonClass` says the dotted name, if our classes know that name.
  const named = trait.kind.registry !== undefined && raw instanceof PythonOnly && raw.sort === 'class' ? raw.name : raw
  return trait.kind.resolve(named, importer)
}

class Invalid extends Error {}

/** @throws KindMismatch, Invalid */
export function checkedValue(trait: Trait, value: unknown): unknown {
  const checked = checkTrait(trait, value)
  const problem = checked === null ? undefined : trait.validate(checked)
  if (problem !== undefined) throw new Invalid(problem)
  // What a class or function named is kept; the rest stays as it was written, for showing.
  return value
}

function mismatchText({ expected, path }: KindMismatch, trait: Trait): string {
  const or = trait.nullable ? ', or None' : ''
  return path === '' ? `expected ${expected}${or}.` : `at ${path}: expected ${expected}.`
}

/** What an error of a setting's value has to say; undefined for errors that are ours. */
export function problemFrom(error: unknown, setting: Setting, trait: Trait): ConfigProblem | undefined {
  const problem = (code: ConfigErrorCode, what: string, suggestion?: string): ConfigProblem =>
    problemWith(setting, trait, code, what, suggestion)
  if (error instanceof NotChangeable) {
    return problem('config_wrong_type', `it cannot be added to: ${error.message}. Assign a value.`)
  }
  if (error instanceof KindMismatch) return problem('config_wrong_type', mismatchText(error, trait))
  if (error instanceof Invalid) return problem('config_invalid', error.message)
  if (error instanceof ConfigError) return problem(error.code, error.message, error.suggestion)
  return undefined
}

/** What an alias or a deprecated option says under its new name. */
function movedSettings(setting: Setting, trait: Trait, request: CheckRequest): Setting[] {
  const { section, source } = setting
  if (trait.aliasOf !== undefined) return [{ ...setting, trait: trait.aliasOf }]
  const { deprecated } = trait
  if (deprecated === undefined) return []
  const { since, use, note, apply } = deprecated
  const target = use === undefined ? undefined : use.includes('.') ? use : `${section}.${use}`
  const said = (name: string): boolean => request.settings.some((other) => `${other.section}.${other.trait}` === name)
  request.warn(
    [
      `${sourceText(source)}: ${section}.${setting.trait} is deprecated since ${since}`,
      target === undefined ? '' : `, use ${target}`,
      target !== undefined && said(target) ? `, which is set, too, and counts` : '',
      note === undefined ? '' : `: ${note}`,
    ].join(''),
  )
  const moved = (option: string, change: Change): Setting => {
    const dot = option.indexOf('.')
    return { section: option.slice(0, dot), trait: option.slice(dot + 1), change, source }
  }
  if (apply !== undefined && setting.change.op === 'assign') {
    const read = (name: string): unknown => rawValue(request.settings, section, name)
    return Object.entries(apply(setting.change.value, read)).map(([option, value]) =>
      moved(option.includes('.') ? option : `${section}.${option}`, { op: 'assign', value }),
    )
  }
  return target === undefined ? [] : [moved(target, setting.change)]
}

function rawValue(settings: readonly Setting[], section: string, name: string): unknown {
  const change = settings.findLast((setting) => setting.section === section && setting.trait === name)?.change
  return change?.op === 'assign' ? change.value : change?.op === 'texts' ? change.texts.at(-1) : undefined
}

async function checkMoved(moved: readonly Setting[], request: CheckRequest): Promise<Setting[]> {
  // The moved settings stand under today's names, so this goes one step deep, two at most.
  return moved.length === 0 ? [] : checkSettings({ ...request, settings: moved })
}
