import type { Scenario } from './common.js'
import { methodsAndPaths } from './paths.js'
import { credentials, authorizations } from './callers.js'
import { readingUsers } from './reading-users.js'
import { changingUsers } from './changing-users.js'
import { groups } from './groups.js'
import { services, proxy } from './services.js'
import { tokens, activity } from './tokens.js'
import { namedServers, runningServers } from './servers.js'
import { cookieCallers, stoppedServers } from './browsers.js'
import { endedSessions, misusedCodes, oauthFlows } from './oauth-flows.js'
import { oauthTokens, authorizing } from './oauth.js'
import { monitoring } from './monitoring.js'
import { oddBodies, oddValues } from './bodies.js'
import { oddNames, spelledPaths } from './names.js'
import { expiringTokens, lostRights, permissions } from './permissions.js'
import { oddQueries } from './queries.js'
import { shareCodes, sharing, whoMayShare } from './shares.js'

export { HOLDERS, type Scenario } from './common.js'
export { GROUPS_OF_ROLES, ROLES_OF_USERS } from './permissions.js'

/** In an order in which none stands in the way of the next. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  methodsAndPaths,
  credentials,
  readingUsers,
  oddQueries,
  permissions,
  groups,
  tokens,
  activity,
  namedServers,
  runningServers,
  proxy,
  services,
  authorizations,
  cookieCallers,
  oauthTokens,
  authorizing,
  oauthFlows,
  misusedCodes,
  endedSessions,
  monitoring,
  stoppedServers,
  sharing,
  whoMayShare,
  shareCodes,
  oddBodies,
  oddValues,
  oddNames,
  spelledPaths,
  lostRights,
  expiringTokens,
  changingUsers,
}
