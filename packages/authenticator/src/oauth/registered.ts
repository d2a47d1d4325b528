import type { Configurable, LazyClass, PluginClass } from '@hub/config'
import { gitHubConfigurable } from '../github/github-config.js'
import { localVariant } from './local-config.js'
import { genericConfigurable } from './oauth-config.js'
import { auth0Configurable } from './presets/auth0-config.js'
import { ciLogonConfigurable } from './presets/cilogon-config.js'
import { azureAdConfigurable } from './presets/entra-config.js'
import { gitLabConfigurable } from './presets/gitlab-config.js'
import { googleConfigurable } from './presets/google-config.js'
import { keycloakConfigurable } from './presets/keycloak-config.js'
import { oktaConfigurable } from './presets/okta-config.js'

/** Short names, the options, and where the class is: libraries of login services are loaded only where they are used. */
const services: readonly {
  readonly names: readonly string[]
  readonly configurable: Configurable
  readonly load: () => Promise<PluginClass>
}[] = [
  {
    names: ['oidc', 'generic-oauth'],
    configurable: genericConfigurable,
    load: async () => (await import('./generic.js')).GenericOAuthenticator,
  },
  {
    names: ['github'],
    configurable: gitHubConfigurable,
    load: async () => (await import('../github/github-authenticator.js')).GitHubOAuthenticator,
  },
  {
    names: ['gitlab'],
    configurable: gitLabConfigurable,
    load: async () => (await import('./presets/gitlab.js')).GitLabOAuthenticator,
  },
  {
    names: ['google'],
    configurable: googleConfigurable,
    load: async () => (await import('./presets/google.js')).GoogleOAuthenticator,
  },
  {
    names: ['azuread', 'entra'],
    configurable: azureAdConfigurable,
    load: async () => (await import('./presets/entra.js')).AzureAdOAuthenticator,
  },
  {
    names: ['okta'],
    configurable: oktaConfigurable,
    load: async () => (await import('./presets/okta.js')).OktaOAuthenticator,
  },
  {
    names: ['auth0'],
    configurable: auth0Configurable,
    load: async () => (await import('./presets/auth0.js')).Auth0OAuthenticator,
  },
  {
    names: ['keycloak'],
    configurable: keycloakConfigurable,
    load: async () => (await import('./presets/keycloak.js')).KeycloakOAuthenticator,
  },
  {
    names: ['cilogon'],
    configurable: ciLogonConfigurable,
    load: async () => (await import('./presets/cilogon.js')).CILogonOAuthenticator,
  },
]

/** Authenticators of login services, each also as the class that makes accounts on this host. */
export const oauthAuthenticators: Readonly<Record<string, LazyClass>> = Object.fromEntries(
  services.flatMap(({ names, configurable, load }) => {
    const local = localVariant(configurable)
    const entry: LazyClass = { configurable, load }
    const localEntry: LazyClass = {
      configurable: local,
      load: async () => {
        const [{ withSystemAccounts }, Base] = await Promise.all([import('./local-variants.js'), load()])
        // Every class above takes a context with the options of its configurable, and the local one has those of accounts.
        return withSystemAccounts(Base as unknown as Parameters<typeof withSystemAccounts>[0], local)
      },
    }
    return [
      ...[...names, ...configurable.aliases].map((name): [string, LazyClass] => [name, entry]),
      ...[...names.map((name) => `local-${name}`), ...local.aliases].map((name): [string, LazyClass] => [
        name,
        localEntry,
      ]),
    ]
  }),
)
