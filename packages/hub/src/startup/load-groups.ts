import type { Authenticator } from '@hub/authenticator'
import type { GroupSpec } from '../access/load-groups.js'
import type { Database } from '../database/index.js'
import * as groupStore from '../groups/group-store.js'
import * as userStore from '../users/user-store.js'

/** Creates the groups and adds their members, who exist by now; nobody is taken out. */
export async function loadGroups(
  specs: readonly GroupSpec[],
  database: Database,
  authenticator: Pick<Authenticator, 'normalizeUsername'>,
): Promise<void> {
  await database.write(async (tx) => {
    const groups = new Map(
      (
        await groupStore.ensure(
          tx,
          specs.map((spec) => spec.name),
        )
      ).map((group) => [group.name, group]),
    )
    for (const spec of specs) {
      const group = groups.get(spec.name)
      if (group === undefined) continue
      const names: string[] = []
      for (const name of spec.users) names.push(await authenticator.normalizeUsername(name))
      const members = await userStore.findByNames(tx, names)
      await groupStore.addMembers(
        tx,
        group.id,
        members.map((user) => user.id),
      )
      if (spec.properties !== undefined) await groupStore.setProperties(tx, group.id, spec.properties)
    }
  })
}
