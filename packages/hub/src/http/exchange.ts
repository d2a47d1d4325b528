import type { IncomingMessage, ServerResponse } from 'node:http'
import { type FormFields, readForm } from './form-body.js'
import { readJson } from './json-body.js'
import type { RequestFacts } from './request-facts.js'
import { anonymous, type Visitor } from './visitor.js'

/** One request and its response, with what has been found out about them so far. */
export class Exchange {
  /** Who asks; anonymous until `authenticate` has looked. */
  visitor: Visitor = anonymous
  /** The browser's session id: from its cookie, or made during this request. */
  sessionId: string | undefined
  /** What answers: the name of an endpoint, or the first path of a page; undefined where there is neither. */
  handledBy: string | undefined
  #gone: AbortController | undefined
  #json: Promise<unknown> | undefined
  #form: Promise<FormFields> | undefined

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly facts: RequestFacts,
  ) {}

  /** Aborted when the client goes away before it has its answer. */
  get gone(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController()
      this.#gone = gone
      this.response.once('close', () => {
        if (!this.response.writableFinished) gone.abort(new Error('The client went away.'))
      })
    }
    return this.#gone.signal
  }

  /** The parsed body, `null` when empty; may be asked for twice. */
  json(): Promise<unknown> {
    return (this.#json ??= readJson(this.request))
  }

  /** The fields of a submitted form, url-encoded or multipart; may be asked for twice. */
  form(): Promise<FormFields> {
    return (this.#form ??= readForm(this.request))
  }
}
