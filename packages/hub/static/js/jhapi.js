import { showError } from './dialogs.js'
import { t } from './messages.js'

/** A request that the hub refused, or that never got there (status 0). */
export class ApiError extends Error {
  constructor(status, message) {
    super(t('API request failed ({status}): {message}', { status, message }))
    this.name = 'ApiError'
    this.status = status
    /** What the hub said, without the words around it. */
    this.detail = message
  }
}

/** Path from parts, each escaped: `path('users', name, 'server')`. */
export const path = (...parts) => parts.map(encodeURIComponent).join('/')

/** Where a server is found in the API; the default server has no name. */
export const serverPath = (user, server) =>
  server ? path('users', user, 'servers', server) : path('users', user, 'server')

async function messageOf(response) {
  const text = await response.text()
  try {
    return JSON.parse(text).message || response.statusText
  } catch {
    return response.statusText || text.slice(0, 200)
  }
}

/** The hub's REST API, as the logged-in user. */
export class HubApi {
  constructor({ base_url, xsrf_token } = window.jhdata) {
    this.baseUrl = base_url
    this.xsrfToken = xsrf_token
  }

  /** Absolute path of an API URL, with the token that proves it is this page that asks. */
  url(apiPath) {
    const separator = apiPath.includes('?') ? '&' : '?'
    return `${this.baseUrl}api/${apiPath}${separator}_xsrf=${encodeURIComponent(this.xsrfToken)}`
  }

  /**
   * @returns the status, and the reply's JSON if it has any
   * @throws {ApiError}
   */
  async request(method, apiPath, body) {
    let response
    try {
      response = await fetch(this.url(apiPath), {
        method,
        headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(60_000),
      })
    } catch (error) {
      throw new ApiError(
        0,
        t(error.name === 'TimeoutError' ? 'the hub did not answer in time' : 'the hub cannot be reached'),
      )
    }
    if (!response.ok) throw new ApiError(response.status, await messageOf(response))
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  /** Stops a server and resolves once it has stopped. */
  async stopServer(user, server, { remove = false } = {}) {
    const { status } = await this.request('DELETE', serverPath(user, server), remove ? { remove: true } : undefined)
    if (status === 202) await this.#untilStopped(user, server)
  }

  /** A slow stop goes on after the hub has answered. */
  async #untilStopped(user, server) {
    for (let asked = 0; asked < 120; asked++) {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      try {
        const { body } = await this.request('GET', serverPath(user, server))
        if (body.stopped) return
      } catch (error) {
        if (error.status === 404) return
        throw error
      }
    }
    throw new ApiError(202, 'the server is still stopping')
  }
}

/** Runs an action; what goes wrong is shown in the error dialog. Resolves to whether it went well. */
export async function attempt(action) {
  try {
    await action()
    return true
  } catch (error) {
    showError(error.message)
    return false
  }
}
