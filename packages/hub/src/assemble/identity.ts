import { defaultScopes, type JsonObject, type ScopeTable, withCustomScopes } from '@hub/api'
import { Authenticator, type AuthenticatorContext } from '@hub/authenticator'
import { ScopeExpander } from '../access/expand.js'
import { PermissionsResolver } from '../access/permissions-resolver.js'
import { cryptKeeper } from '../config/crypt-keeper.js'
import { AuthStateCipher } from '../crypto/auth-state.js'
import { parseCryptKeyVariable, parseCryptKeys } from '../crypto/crypt-keys.js'
import { HubError } from '../http/hub-error.js'
import { AuthStates } from '../login/auth-states.js'
import type { KnownToken } from '../login/visitors.js'
import { OwnerLoader } from '../servers/owner-loader.js'
import { ConfigProblem } from '../startup/config-problem.js'
import { TokenCache } from '../tokens/token-cache.js'
import * as userStore from '../users/user-store.js'
import type { Foundation } from './foundation.js'

/** Who people are, and what they may do. */
export interface Identity {
  readonly authenticator: Authenticator
  readonly scopes: ScopeTable
  readonly expander: ScopeExpander
  readonly resolver: PermissionsResolver
  readonly authStates: AuthStates
  /** What tokens have turned out to be. */
  readonly tokens: TokenCache<KnownToken>
  readonly owners: OwnerLoader
  readonly readAuthState: (userId: number) => Promise<JsonObject | null>
  readonly saveAuthState: (userId: number, state: JsonObject) => Promise<void>
}

export function assembleIdentity(foundation: Foundation): Identity {
  const { settings, database, clock, log } = foundation
  const authenticator = makeAuthenticator(foundation)
  const { table: scopes, warnings } = withCustomScopes(defaultScopes, settings.hub.custom_scopes)
  for (const warning of warnings) log.warn(warning)
  const expander = new ScopeExpander(scopes)
  const cipher = new AuthStateCipher(cryptKeys(foundation))
  const isEnabled = authenticator.config.enable_auth_state
  if (isEnabled && !cipher.isUsable) {
    throw new ConfigProblem(
      'Authenticator.enable_auth_state',
      'needs a key to encrypt with; set JUPYTERHUB_CRYPT_KEY to the output of openssl rand -hex 32',
    )
  }
  const authStates = new AuthStates({ database, cipher, isEnabled, log })
  const readAuthState = (userId: number): Promise<JsonObject | null> => authStates.read(userId)
  return {
    authenticator,
    scopes,
    expander,
    resolver: new PermissionsResolver({ database, expander, now: clock.now, log }),
    authStates,
    tokens: new TokenCache(),
    readAuthState,
    saveAuthState: async (userId, state) => {
      if (!isEnabled)
        throw new HubError('auth_state_off', 400, 'Auth state is not kept: Authenticator.enable_auth_state is off.')
      await database.write((tx) => userStore.setEncryptedAuthState(tx, userId, authStates.seal(state)))
    },
    owners: new OwnerLoader({ database, authState: readAuthState }),
  }
}

function cryptKeys({ settings, environment }: Foundation): readonly Buffer[] {
  const configured = settings.valuesOf(cryptKeeper).keys
  return configured.length > 0
    ? parseCryptKeys(configured.map((key) => key.reveal()))
    : parseCryptKeyVariable(environment['JUPYTERHUB_CRYPT_KEY'])
}

/** The configured authenticator; nothing is opened or asked before its `init`. */
export function makeAuthenticator({
  settings,
  database,
  log,
}: Pick<Foundation, 'settings' | 'database' | 'log'>): Authenticator {
  // What the registry names, or a plug-in's module exports, is checked right below.
  const AuthenticatorClass = settings.authenticatorClass as unknown as new (context: AuthenticatorContext) => unknown
  const configurable = settings.authenticatorClass.configurable ?? Authenticator.configurable
  const made = new AuthenticatorClass({
    config: settings.valuesOf(configurable), // a class's configurable has the base's options
    log,
    isExistingUser: async (name) => (await userStore.findByName(database.read, name)) !== undefined,
  })
  if (made instanceof Authenticator) return made as Authenticator // of whatever options: they extend the base's
  throw new ConfigProblem(
    'JupyterHub.authenticator_class',
    `${AuthenticatorClass.name} does not extend Authenticator of @hub/authenticator`,
  )
}
