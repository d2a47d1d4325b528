import type { JsonObject } from '@hub/api'
import { bool, integer, jsonList, jsonObject, nullableInteger, nullableText, setNull, text } from '../columns.js'
import { defineTable } from '../table.js'

export interface ServiceRow {
  readonly id: number
  readonly name: string
  readonly admin: boolean
  readonly url: string | null
  readonly oauthClientAllowedScopes: readonly string[]
  readonly info: JsonObject | null
  readonly display: boolean
  readonly oauthNoConfirm: boolean
  readonly command: readonly string[]
  readonly cwd: string | null
  readonly environment: JsonObject | null
  readonly user: string | null
  /** Seconds to wait for the service's URL to answer. */
  readonly timeout: number
  /** False: made through the REST API, kept over restarts. */
  readonly fromConfig: boolean
  readonly serverId: number | null
  readonly pid: number | null
  readonly oauthClientId: string | null
}

export const services = defineTable<ServiceRow>('services', {
  id: integer('id'),
  name: text('name', 255, { unique: true }),
  admin: bool('admin'),
  url: nullableText('url', 2047),
  oauthClientAllowedScopes: jsonList('oauth_client_allowed_scopes'),
  info: jsonObject('info'),
  display: bool('display', { absent: true }),
  oauthNoConfirm: bool('oauth_no_confirm'),
  command: jsonList('command'),
  cwd: nullableText('cwd', 4095),
  environment: jsonObject('environment'),
  user: nullableText('user', 255),
  timeout: integer('timeout'),
  fromConfig: bool('from_config', { absent: true }),
  serverId: nullableInteger('_server_id', { references: setNull('servers') }),
  pid: nullableInteger('pid'),
  oauthClientId: nullableText('oauth_client_id', 255, { references: setNull('oauth_clients', 'identifier') }),
})
