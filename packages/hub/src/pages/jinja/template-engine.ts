import { JinjaEnvironment, type JinjaOptions, TemplatesNotReadError } from './jinja-environment.js'
import type { CompiledTemplate } from './nunjucks-internals.js'
import { type TemplateDirectories, TemplateFiles } from './template-files.js'

export interface TemplateEngineSettings {
  readonly directories: TemplateDirectories
  /** `jinja_environment_options`, under their Python names. */
  readonly environmentOptions?: Readonly<Record<string, unknown>>
  readonly nowMs?: () => number
  /** How long an edited template may go unnoticed. */
  readonly recheckAfterMs?: number
}

/** Guards against a template that asks for another name each time it is rendered. */
const maxReads = 100
/** Compiled texts kept, should an authenticator make up a new one for each visit. */
const maxTexts = 20

/** Jinja2 templates from files. An edited file takes effect without a restart. */
export class TemplateEngine {
  readonly #environment: JinjaEnvironment
  readonly #files: TemplateFiles
  /** By rendered template: the templates it turned out to need. */
  readonly #needs = new Map<string, Set<string>>()
  readonly #texts = new Map<string, CompiledTemplate>()

  constructor(settings: TemplateEngineSettings) {
    this.#environment = new JinjaEnvironment(jinjaOptions(settings.environmentOptions ?? {}), (name) =>
      this.#files.lookup(name),
    )
    this.#files = new TemplateFiles(
      settings.directories,
      (source, path) => this.#environment.compile(source, path),
      settings.nowMs ?? Date.now,
      settings.recheckAfterMs ?? 1_000,
    )
  }

  async exists(name: string): Promise<boolean> {
    await this.#files.refresh([name])
    return this.#files.lookup(name).kind !== 'missing'
  }

  /** @throws when the template does not exist, is malformed, or fails */
  async render(name: string, variables: Readonly<Record<string, unknown>>): Promise<string> {
    const needs = this.#needs.get(name) ?? new Set([name])
    this.#needs.set(name, needs)
    return this.#whenRead(needs, () => this.#environment.renderNow(name, variables))
  }

  /** Renders a template that is given as text. The last few texts are kept compiled: as a rule there is one. */
  async renderText(source: string, variables: Readonly<Record<string, unknown>>): Promise<string> {
    const template = this.#texts.get(source) ?? this.#environment.compile(source, 'text')
    if (this.#texts.size >= maxTexts) this.#texts.clear()
    this.#texts.set(source, template)
    return this.#whenRead(new Set(), () => this.#environment.renderTemplate(template, variables))
  }

  /** Rendering itself never waits: it is tried again after what it lacked has been read. */
  async #whenRead(needs: Set<string>, render: () => string): Promise<string> {
    for (let reads = 0; reads < maxReads; reads++) {
      await this.#files.refresh(needs)
      try {
        return render()
      } catch (error) {
        if (!(error instanceof TemplatesNotReadError)) throw error
        for (const unread of error.names) needs.add(unread)
      }
    }
    throw new Error(`A template needs more than ${maxReads} others.`)
  }
}

const tagNames: Readonly<Record<string, string>> = {
  block_start_string: 'blockStart',
  block_end_string: 'blockEnd',
  variable_start_string: 'variableStart',
  variable_end_string: 'variableEnd',
  comment_start_string: 'commentStart',
  comment_end_string: 'commentEnd',
}

/** Names of Jinja2's environment options that have an effect. */
export const knownEnvironmentOptions: readonly string[] = [
  'autoescape',
  'trim_blocks',
  'lstrip_blocks',
  ...Object.keys(tagNames),
]

function jinjaOptions(given: Readonly<Record<string, unknown>>): JinjaOptions {
  const tags = Object.entries(tagNames).flatMap(([python, ours]) => {
    const text = given[python]
    return typeof text === 'string' ? [[ours, text] as const] : []
  })
  return {
    autoescape: given['autoescape'] !== false,
    trimBlocks: given['trim_blocks'] === true,
    lstripBlocks: given['lstrip_blocks'] === true,
    tags: Object.fromEntries(tags),
  }
}
