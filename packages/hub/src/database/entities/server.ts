import { integer, nullableInteger, text } from '../columns.js'
import { defineTable } from '../table.js'

/** Where a running single-user server, or a service with a URL, is reached. The row exists only while it runs. */
export interface ServerRow {
  readonly id: number
  readonly proto: string
  /** An address or a host name; `''` until the spawner has told it. */
  readonly ip: string
  readonly port: number | null
  readonly baseUrl: string
  readonly cookieName: string
}

export const servers = defineTable<ServerRow>('servers', {
  id: integer('id'),
  proto: text('proto', 15),
  ip: text('ip', 255),
  port: nullableInteger('port'),
  baseUrl: text('base_url', 255),
  cookieName: text('cookie_name', 255),
})
