import { showError } from './dialogs.js'
import { path, serverPath } from './jhapi.js'

/** The API client that scripts of customised templates use: options carry `success` and `error` callbacks. */
export class JHAPI {
  constructor(baseUrl = window.jhdata.base_url) {
    this.base_url = baseUrl
  }

  /** Resolves to the reply; callbacks are called with what jQuery's would be called with. */
  async api_request(apiPath, { type = 'GET', data, success, error } = {}) {
    const url = `${utils.url_path_join(this.base_url, 'api', apiPath)}?_xsrf=${encodeURIComponent(window.jhdata.xsrf_token)}`
    const response = await fetch(url, {
      method: type,
      headers: { Accept: 'application/json', ...(data ? { 'Content-Type': 'application/json' } : {}) },
      ...(data ? { body: data } : {}),
      signal: AbortSignal.timeout(60_000),
    })
    const responseText = await response.text()
    const responseJSON = parsed(responseText)
    const jqXHR = { status: response.status, statusText: response.statusText, responseText, responseJSON }
    if (response.ok) success?.(responseJSON ?? responseText, 'success', jqXHR)
    else if (error) error(jqXHR, 'error', response.statusText)
    else utils.ajax_error_dialog(jqXHR)
    return responseJSON
  }

  #send(type, apiPath, options, body) {
    return this.api_request(apiPath, {
      ...options,
      type,
      ...(body === undefined ? {} : { data: JSON.stringify(body) }),
    })
  }

  start_server = (user, options) => this.#send('POST', serverPath(user, ''), options)
  stop_server = (user, options) => this.#send('DELETE', serverPath(user, ''), options)
  start_named_server = (user, server, options) => this.#send('POST', serverPath(user, server), options)
  create_named_server = (user, server, options) => this.#send('PUT', serverPath(user, server), options)
  stop_named_server = (user, server, options) => this.#send('DELETE', serverPath(user, server), options)
  delete_named_server = (user, server, options) =>
    this.#send('DELETE', serverPath(user, server), options, { remove: true })
  list_users = (options) => this.#send('GET', 'users', options)
  get_user = (user, options) => this.#send('GET', path('users', user), options)
  add_users = (usernames, userinfo, options) => this.#send('POST', 'users', options, { ...userinfo, usernames })
  edit_user = (user, userinfo, options) => this.#send('PATCH', path('users', user), options, userinfo)
  delete_user = (user, options) => this.#send('DELETE', path('users', user), options)
  admin_access = (user, options) => this.#send('POST', path('users', user, 'admin-access'), options)
  request_token = (user, properties, options) => this.#send('POST', path('users', user, 'tokens'), options, properties)
  revoke_token = (user, token, options) => this.#send('DELETE', path('users', user, 'tokens', token), options)
  shutdown_hub = (body, options) => this.#send('POST', 'shutdown', options, body ?? {})
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const utils = {
  /** Joins with single slashes. */
  url_path_join: (...parts) =>
    parts
      .filter((part) => part !== '')
      .join('/')
      .replace(/\/{2,}/g, '/'),
  encode_uri_components: (uri) => uri.split('/').map(encodeURIComponent).join('/'),
  url_path_join_encode: (...parts) => utils.encode_uri_components(utils.url_path_join(...parts)),
  ajax_error_msg: (jqXHR) => jqXHR.responseJSON?.message ?? jqXHR.statusText,
  ajax_error_dialog: (jqXHR) => showError(`API request failed (${jqXHR.status}): ${utils.ajax_error_msg(jqXHR)}`),
}
