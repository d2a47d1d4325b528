import { serverAccessScopes, serverActivityUrl, serverClientId, type ServerFacts, serverPrefix } from '@hub/api'
import type { StartRequest } from './contract.js'
import type { Spawner } from './spawner.js'

/** A request as a hub at its defaults would make it for this spawner, for tests. */
export function fakeRequest(spawner: Spawner): StartRequest {
  return { server: factsFor(spawner), userOptions: {}, save: () => Promise.resolve() }
}

function factsFor({ user, serverName }: Spawner): ServerFacts {
  const hubApiUrl = 'http://127.0.0.1:8081/hub/api'
  const servicePrefix = serverPrefix('/', user.name, serverName)
  return {
    userName: user.name,
    serverName,
    apiToken: 'token-for-the-suite',
    oauthClientId: serverClientId(user.name, serverName),
    oauthCallbackUrl: `${servicePrefix}oauth_callback`,
    oauthAccessScopes: serverAccessScopes(user.name, serverName),
    oauthClientAllowedScopes: [],
    servicePrefix,
    baseUrl: '/',
    hubApiUrl,
    activityUrl: serverActivityUrl(hubApiUrl, user.name),
    hubHost: '',
    publicUrl: '',
    publicHubUrl: '',
    cookieOptions: {},
    cookieHostPrefixEnabled: false,
    adminAccess: false,
  }
}
