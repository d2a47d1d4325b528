import { servers, type ServerRow } from '../database/entities/server.js'
import { services, type ServiceRow } from '../database/entities/service.js'
import { insertRow, selectRow, selectRows, updateRows } from '../database/rows.js'
import { isOneOf, listParameter, type Sql } from '../database/sql.js'

export type Service = ServiceRow
export type NewService = Omit<Service, 'id' | 'serverId' | 'pid'>

export const list = (sql: Sql): Promise<Service[]> => selectRows(sql, services, 'ORDER BY id')

export const findByName = (sql: Sql, name: string): Promise<Service | undefined> =>
  selectRow(sql, services, 'WHERE name = ?', [name])

export const findById = (sql: Sql, id: number): Promise<Service | undefined> =>
  selectRow(sql, services, 'WHERE id = ?', [id])

/** Creates the service, or brings the stored one in line with what is configured; its id, tokens and roles stay. */
export async function upsert(sql: Sql, service: NewService): Promise<Service> {
  const known = await findByName(sql, service.name)
  if (known === undefined) return insertRow(sql, services, { ...service, serverId: null, pid: null })
  await updateRows(sql, services, service, 'id = ?', [known.id])
  return { ...known, ...service }
}

/**
 * Removes services of the configuration that it no longer names.
 *
 * @returns those removed
 */
export async function removeUnconfigured(sql: Sql, configured: readonly string[]): Promise<readonly Service[]> {
  const gone = await selectRows(
    sql,
    services,
    `WHERE from_config AND NOT ${isOneOf(sql, 'name', 'varchar')} ORDER BY id`,
    [listParameter(sql, configured)],
  )
  for (const service of gone) await remove(sql, service.id)
  return gone
}

/** Where the service is reached: kept in line with its URL, removed when it has none. */
export async function setAddress(sql: Sql, id: number, address: Omit<ServerRow, 'id'> | null): Promise<void> {
  if (address === null) {
    await sql.run('DELETE FROM servers WHERE id = (SELECT _server_id FROM services WHERE id = ?)', [id])
    return
  }
  const known = await updateRows(sql, servers, address, 'id = (SELECT _server_id FROM services WHERE id = ?)', [id])
  if (known > 0) return
  const { id: serverId } = await insertRow(sql, servers, address)
  await updateRows(sql, services, { serverId }, 'id = ?', [id])
}

export const findAddress = (sql: Sql, id: number): Promise<ServerRow | undefined> =>
  selectRow(sql, servers, 'WHERE servers.id = (SELECT _server_id FROM services WHERE id = ?)', [id])

export const setPid = (sql: Sql, id: number, pid: number | null): Promise<number> =>
  updateRows(sql, services, { pid }, 'id = ?', [id])

/** Removes the service with its tokens, its address and its OAuth client. */
export async function remove(sql: Sql, id: number): Promise<void> {
  await sql.run('DELETE FROM servers WHERE id = (SELECT _server_id FROM services WHERE id = ?)', [id])
  await sql.run('DELETE FROM oauth_clients WHERE identifier = (SELECT oauth_client_id FROM services WHERE id = ?)', [
    id,
  ])
  await sql.run('DELETE FROM services WHERE id = ?', [id])
}

export const setAdmin = (sql: Sql, id: number, admin: boolean): Promise<number> =>
  updateRows(sql, services, { admin }, 'id = ?', [id])
