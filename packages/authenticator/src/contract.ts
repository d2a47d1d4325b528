import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject, Log } from '@hub/api'
import type { AuthenticatorConfig } from './authenticator-config.js'

/** What the hub makes the one authenticator object with. */
export interface AuthenticatorContext<Config extends AuthenticatorConfig = AuthenticatorConfig> {
  /** A copy of the configured values that belongs to this object. */
  readonly config: Config
  readonly log: Log
  /** Whether the hub's database has a user of this name; asked for `allow_existing_users`. */
  isExistingUser(name: string): Promise<boolean>
}

/** An attempt to log in, from the hub's form, a route of the authenticator's own or, with `auto_login`, from a bare request. */
export interface LoginRequest {
  /** Fields of the submitted form without `_xsrf`; undefined when nothing was submitted (`auto_login`). */
  readonly form: Readonly<Record<string, string>> | undefined
  readonly method: string
  /** Path and query as requested. */
  readonly url: string
  readonly query: Readonly<Record<string, readonly string[]>>
  readonly headers: IncomingHttpHeaders
  readonly cookies: Readonly<Record<string, string>>
  /** Of the browser, as far as trusted proxies tell. */
  readonly remoteAddress: string
}

/** A role given by the authenticator, with `manage_roles`. */
export interface ManagedRole {
  readonly name: string
  readonly description?: string
  readonly scopes?: readonly string[]
  readonly users?: readonly string[]
  readonly groups?: readonly string[]
  readonly services?: readonly string[]
}

/** Who has logged in. A field that is left out leaves what the hub has stored. */
export interface AuthModel {
  readonly name: string
  /** null and undefined: unchanged. */
  readonly admin?: boolean | null
  /** Kept encrypted, with `enable_auth_state`. Null clears. */
  readonly authState?: JsonObject | null
  /** All groups of the user, with `manage_groups`. Null: unchanged. */
  readonly groups?: readonly string[] | null
  /** All managed roles of the user, with `manage_roles`. Null: unchanged. */
  readonly roles?: readonly ManagedRole[] | null
  /** Shown by servers: `name`, `display_name`, `initials`, `avatar_url`, `color`. */
  readonly userInfo?: JsonObject | null
}

/** Null: wrong name or password. A string: the name of the user. */
export type AuthResult = AuthModel | string | null

/** Fresh, stale (the user has to log in again), or what has changed; its `name` is ignored. */
export type RefreshResult = boolean | Omit<AuthModel, 'name'>

/** A user of the hub, as hooks need to know it. */
export interface HubUser {
  readonly name: string
  readonly admin: boolean
  readonly groups: readonly string[]
  /** Decrypted; null when there is none or `enable_auth_state` is off. */
  authState(): Promise<JsonObject | null>
}

/** The server about to start or just stopped; `config` may be changed before the start. */
export interface HubServer {
  readonly serverName: string
  readonly config: object
}

/** The request by which somebody has logged out. */
export interface LogoutRequest extends LoginRequest {
  /** Full URL of a path under the hub's prefix, as browsers reach it. */
  publicUrl(path: string): string
}

/** A request for a route of the authenticator's own. */
export interface LoginRouteRequest extends LoginRequest {
  /** Where the browser wants to go afterwards, already checked; undefined: the default page. */
  readonly next: string | undefined
  /** Full URL of a path under the hub's prefix, as browsers reach it. */
  publicUrl(path: string): string
  /**
   * Keeps a value in a cookie of this browser that is signed, encrypted and good for `maxAgeSeconds`: an OAuth state, for instance.
   */
  setSealedCookie(name: string, value: JsonObject, maxAgeSeconds: number): void
  /** The value again, and the cookie deleted with the answer; undefined when absent, forged or too old. */
  takeSealedCookie(name: string): JsonObject | undefined
}

export type LoginRouteResponse =
  | { readonly kind: 'redirect'; readonly location: string }
  /** Goes through the whole login pipeline, then to `next`. A null result shows the form with the failure. */
  | {
      readonly kind: 'authenticated'
      readonly result: AuthResult
      readonly next?: string
      /** What somebody reads whom the rules do not let in. */
      readonly refusal?: string
    }
  /** The login page with this text. */
  | { readonly kind: 'failed'; readonly status: number; readonly message: string }
  | {
      readonly kind: 'reply'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }

/** A page of the authenticator's own, under the hub's prefix and before the hub's own pages. */
export interface LoginRoute {
  readonly method: 'GET' | 'POST'
  /** Such as `/oauth_login`, `/oauth_callback`. */
  readonly path: `/${string}`
  /** A POST checks the `_xsrf` field like every form of the hub, unless it comes from elsewhere (SAML). */
  readonly fromOtherSite?: boolean
  handle(request: LoginRouteRequest, signal: AbortSignal): Promise<LoginRouteResponse>
}

/** Values that the template made of {@link Authenticator.customHtml} may use besides the page's own. */
export const CUSTOM_HTML_NAMES = [
  'next',
  'username',
  'login_error',
  'login_url',
  'authenticator_login_url',
  'authenticator',
  'xsrf',
] as const
