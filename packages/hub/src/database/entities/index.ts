import type { TableLayout } from '../table.js'
import { announcements } from './announcement.js'
import { apiTokens } from './api-token.js'
import { groups, userGroupMap } from './group.js'
import { loginSessions } from './login-session.js'
import { oauthClients } from './oauth-client.js'
import { oauthCodes } from './oauth-code.js'
import { groupRoleMap, serviceRoleMap, userRoleMap } from './role-maps.js'
import { roles } from './role.js'
import { serverStates } from './server-state.js'
import { servers } from './server.js'
import { services } from './service.js'
import { shareCodes } from './share-code.js'
import { shares } from './share.js'
import { spawners } from './spawner.js'
import { users } from './user.js'

/** Upstream's tables, each after those it refers to. */
export const upstreamTables: readonly TableLayout[] = [
  groups,
  oauthClients,
  roles,
  servers,
  users,
  groupRoleMap,
  oauthCodes,
  services,
  spawners,
  userGroupMap,
  userRoleMap,
  apiTokens,
  serviceRoleMap,
  shareCodes,
  shares,
]

/** Tables that only this hub knows; upstream ignores them. */
export const ownTables: readonly TableLayout[] = [serverStates, announcements, loginSessions]

export type { AnnouncementRow } from './announcement.js'
export type { ApiTokenRow } from './api-token.js'
export type { GroupRow, UserGroupRow } from './group.js'
export type { LoginSessionRow } from './login-session.js'
export type { OAuthClientRow } from './oauth-client.js'
export type { OAuthCodeRow } from './oauth-code.js'
export type { GroupRoleRow, ServiceRoleRow, UserRoleRow } from './role-maps.js'
export type { RoleRow } from './role.js'
export { serverPhases, type ServerPhase, type ServerStateRow } from './server-state.js'
export type { ServerRow } from './server.js'
export type { ServiceRow } from './service.js'
export type { ShareCodeRow } from './share-code.js'
export type { ShareRow } from './share.js'
export type { SpawnerRow } from './spawner.js'
export type { User, UserRow } from './user.js'
