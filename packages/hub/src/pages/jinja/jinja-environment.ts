import { compileJinja, type JinjaSyntax } from './jinja-compiler.js'
import { jinjaFilters } from './jinja-filters.js'
import { runtime } from './jinja-runtime.js'
import { jinjaTests } from './jinja-tests.js'
import { type CompiledTemplate, internals } from './nunjucks-internals.js'
import { splitKeywords } from './python-methods.js'
import { iterate, str } from './python-values.js'

export interface JinjaOptions extends JinjaSyntax {
  /** On unless an administrator switches it off: what templates print is escaped. */
  readonly autoescape?: boolean
}

/** What is known about a template's name at the moment of rendering. */
export type Lookup =
  | { readonly kind: 'template'; readonly template: CompiledTemplate }
  | { readonly kind: 'broken'; readonly error: Error }
  | { readonly kind: 'missing' }
  /** Nobody has looked yet. */
  | { readonly kind: 'unknown' }

/** Thrown out of a rendering that met templates nobody has read yet; read them and render again. */
export class TemplatesNotReadError extends Error {
  override readonly name = 'TemplatesNotReadError'

  constructor(readonly names: readonly string[]) {
    super(`templates not read yet: ${names.join(', ')}`)
  }
}

type Done = (error: Error | null, template?: CompiledTemplate) => void

const globals: Readonly<Record<string, unknown>> = {
  dict: (...args: unknown[]) => ({ ...splitKeywords(args).keywords }),
  namespace: (...args: unknown[]) => ({ ...splitKeywords(args).keywords }),
}

/** Renders Jinja2 templates that have been read already. Nothing in it waits or touches a disk. */
export class JinjaEnvironment extends internals.Environment {
  readonly runtime = runtime
  readonly #options: JinjaOptions
  readonly #lookup: (name: string) => Lookup
  #unread: readonly string[] = []

  constructor(options: JinjaOptions, lookup: (name: string) => Lookup) {
    super([], { autoescape: options.autoescape ?? true })
    this.#options = options
    this.#lookup = lookup
    this.filters = jinjaFilters(this)
    this.tests = { ...jinjaTests }
    Object.assign(this.globals, globals)
  }

  /** @throws when the template is malformed */
  compile(source: string, path: string): CompiledTemplate {
    return new internals.Template({ type: 'code', obj: compileJinja(source, path, this.#options) }, this, path, true)
  }

  /**
   * @throws {@link TemplatesNotReadError} when a template it needs has not been read
   * @throws when the template does not exist, is malformed, or fails
   */
  renderNow(name: string, variables: Readonly<Record<string, unknown>>): string {
    return this.#collectingUnread(() => {
      let html = ''
      this.getTemplate(name, false, null, false, (error, template) => {
        if (error !== null) throw error
        html = str(template?.render(variables))
      })
      return html
    })
  }

  /** As {@link JinjaEnvironment.renderNow}, for a template that has no name. */
  renderTemplate(template: CompiledTemplate, variables: Readonly<Record<string, unknown>>): string {
    return this.#collectingUnread(() => str(template.render(variables)))
  }

  /** nunjucks wraps what is thrown into errors of its own, so the names are kept aside. */
  #collectingUnread(render: () => string): string {
    this.#unread = []
    try {
      return render()
    } catch (error) {
      throw this.#unread.length > 0 ? new TemplatesNotReadError(this.#unread) : error
    }
  }

  /** What `extends`, `include` and `import` call, with a name or several to choose from. */
  getTemplate(wanted: unknown, _eager: boolean, _parent: unknown, ignoreMissing: boolean, done: Done): void {
    const names = Array.isArray(wanted) ? iterate(wanted).map(str) : [str(wanted)]
    const found = names.map((name) => this.#lookup(name))
    const unread = names.filter((_, i) => found[i]?.kind === 'unknown')
    if (unread.length > 0) {
      this.#unread = [...this.#unread, ...unread]
      done(new TemplatesNotReadError(unread))
      return
    }
    const chosen = found.find((lookup) => lookup.kind !== 'missing')
    if (chosen?.kind === 'template') done(null, chosen.template)
    else if (chosen?.kind === 'broken') done(chosen.error)
    else if (ignoreMissing) done(null, this.compile('', 'nothing'))
    else done(new Error(`template not found: ${names.join(', ')}`))
  }
}
