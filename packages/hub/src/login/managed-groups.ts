import type { Transaction } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'

/**
 * Makes the user's groups exactly these, creating those that are missing; groups left empty stay.
 *
 * @returns whether anything changed
 */
export async function syncGroups(tx: Transaction, userId: number, wanted: readonly string[]): Promise<boolean> {
  const current = new Set((await groupStore.groupsOf(tx, [userId])).get(userId) ?? [])
  const target = new Set(wanted)
  // In one order for everybody, so that logins that create the same groups do not wait for each other in a circle.
  const missing = [...target].filter((name) => !current.has(name)).sort()
  const surplus = [...current].filter((name) => !target.has(name))
  if (missing.length === 0 && surplus.length === 0) return false
  const known = await groupStore.findByNames(tx, [...missing, ...surplus])
  const knownNames = new Set(known.map((group) => group.name))
  const created = await groupStore.create(
    tx,
    missing.filter((name) => !knownNames.has(name)),
  )
  for (const group of [...known, ...created]) {
    if (target.has(group.name)) await groupStore.addMembers(tx, group.id, [userId])
    else await groupStore.removeMembers(tx, group.id, [userId])
  }
  return true
}
