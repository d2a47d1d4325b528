import * as activity from './activity.js'
import * as authorizations from './authorizations.js'
import type { Endpoint } from './endpoint.js'
import * as groups from './groups.js'
import * as monitoring from './monitoring.js'
import * as oauth from './oauth.js'
import * as panel from './panel.js'
import * as progress from './progress.js'
import * as proxy from './proxy.js'
import * as root from './root.js'
import * as servers from './servers.js'
import * as services from './services.js'
import * as shareCodes from './share-codes.js'
import * as shares from './shares.js'
import * as tokens from './tokens.js'
import * as users from './users.js'

const files: readonly Readonly<Record<string, unknown>>[] = [
  root,
  users,
  servers,
  progress,
  tokens,
  activity,
  groups,
  services,
  shares,
  shareCodes,
  proxy,
  oauth,
  monitoring,
  authorizations,
  panel,
]

/** All endpoints of the hub's REST API, in the order of the reference. */
export const hubEndpoints: readonly Endpoint[] = files.flatMap((file) => Object.values(file).filter(isEndpoint))

// What else the files export are schemas, functions and lists, none of which has a path.
function isEndpoint(value: unknown): value is Endpoint {
  return typeof value === 'object' && value !== null && 'path' in value && 'replies' in value
}
