import type { ClassRegistry } from '@hub/config'
import { DummyAuthenticator } from './built-in/dummy-authenticator.js'
import { NullAuthenticator } from './built-in/null-authenticator.js'
import { PAMAuthenticator } from './pam/pam-authenticator.js'
import { SharedPasswordAuthenticator } from './built-in/shared-password-authenticator.js'

/** What `JupyterHub.authenticator_class` may name without importing anything. */
export const builtInAuthenticators: ClassRegistry = {
  kind: 'authenticator',
  names: {
    default: PAMAuthenticator,
    pam: PAMAuthenticator,
    local: PAMAuthenticator,
    'jupyterhub.auth.PAMAuthenticator': PAMAuthenticator,
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
