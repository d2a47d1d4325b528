import type { LoginRequest } from './contract.js'

/** The request of a submitted login form (or of nothing submitted), for tests. */
export function fakeLoginRequest(form: Readonly<Record<string, string>> | undefined): LoginRequest {
  return {
    form,
    method: form === undefined ? 'GET' : 'POST',
    url: '/hub/login',
    query: {},
    headers: {},
    cookies: {},
    remoteAddress: '127.0.0.1',
  }
}
