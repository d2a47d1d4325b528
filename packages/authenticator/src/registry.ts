import type { ClassRegistry, LazyClass } from '@hub/config'
import { DummyAuthenticator } from './built-in/dummy-authenticator.js'
import { NullAuthenticator } from './built-in/null-authenticator.js'
import { ldapConfigurable } from './ldap/ldap-config.js'
import { oauthAuthenticators } from './oauth/registered.js'
import { PAMAuthenticator } from './pam/pam-authenticator.js'
import { SharedPasswordAuthenticator } from './built-in/shared-password-authenticator.js'

const ldap: LazyClass = {
  configurable: ldapConfigurable,
  load: async () => (await import('./ldap/ldap-authenticator.js')).LDAPAuthenticator,
}

/** What `JupyterHub.authenticator_class` may name without importing anything. */
export const builtInAuthenticators: ClassRegistry = {
  kind: 'authenticator',
  names: {
    default: PAMAuthenticator,
    pam: PAMAuthenticator,
    local: PAMAuthenticator,
    'jupyterhub.auth.PAMAuthenticator': PAMAuthenticator,
    ...oauthAuthenticators,
    ldap,
    'ldapauthenticator.LDAPAuthenticator': ldap,
    dummy: DummyAuthenticator,
    'jupyterhub.auth.DummyAuthenticator': DummyAuthenticator,
    'jupyterhub.authenticators.dummy.DummyAuthenticator': DummyAuthenticator,
    null: NullAuthenticator,
    'jupyterhub.auth.NullAuthenticator': NullAuthenticator,
    'jupyterhub.authenticators.null.NullAuthenticator': NullAuthenticator,
    'shared-password': SharedPasswordAuthenticator,
    'jupyterhub.authenticators.shared.SharedPasswordAuthenticator': SharedPasswordAuthenticator,
  },
}
