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
import { oauthTokens, authorizing } from './oauth.js'
import { monitoring } from './monitoring.js'
import { shareCodes, sharing, whoMayShare } from './shares.js'

export { HOLDERS, type Scenario } from './common.js'

/** In an order in which none stands in the way of the next. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  methodsAndPaths,
  credentials,
  readingUsers,
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
  monitoring,
  stoppedServers,
  sharing,
  whoMayShare,
  shareCodes,
  changingUsers,
}
