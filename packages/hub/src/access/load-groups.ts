import type { JsonObject } from '@hub/api'
import { CodedError } from '@hub/api'

/** `load_groups` cannot be used as it is; the hub does not start with it. */
export class LoadGroupsError extends CodedError {
  override readonly name = 'LoadGroupsError'
  constructor(message: string) {
    super('load_groups_invalid', 500, message)
  }
}

export interface GroupSpec {
  readonly name: string
  readonly users: readonly string[]
  /** Take the place of those stored; undefined leaves them. */
  readonly properties?: JsonObject | undefined
}

export interface GroupSpecs {
  readonly groups: readonly GroupSpec[]
  readonly warnings: readonly string[]
}

/**
 * Reads `load_groups`: by name `{ users, properties }`, or as before 3.2 a list of users.
 * Groups and users that are missing are to be created; members are only added, never removed.
 *
 * @throws {@link LoadGroupsError}
 */
export function readLoadGroups(
  loadGroups: Readonly<Record<string, unknown>>,
  { manageGroups }: { readonly manageGroups: boolean },
): GroupSpecs {
  const entries = Object.entries(loadGroups)
  if (manageGroups && entries.length > 0) {
    throw new LoadGroupsError(
      'JupyterHub.load_groups cannot be used together with Authenticator.manage_groups. Remove one of them.',
    )
  }
  const warnings = entries
    .filter(([, given]) => Array.isArray(given))
    .map(([name]) => `load_groups: give group ${name} as {"users": [...]}; a bare list is deprecated`)
  return { groups: entries.map(([name, given]) => readGroup(name, given)), warnings }
}

function readGroup(name: string, given: unknown): GroupSpec {
  const fields = (Array.isArray(given) ? { users: given } : given) as Readonly<Record<string, unknown>> | null
  if (typeof fields !== 'object' || fields === null)
    throw new LoadGroupsError(`load_groups: ${name} must be an object.`)
  const { users = [], properties } = fields
  const list: unknown = users instanceof Set ? [...users] : users
  if (!Array.isArray(list) || !list.every((each): each is string => typeof each === 'string')) {
    throw new LoadGroupsError(`load_groups: users of ${name} must be a list of names.`)
  }
  if (properties === undefined || properties === null) return { name, users: list }
  if (typeof properties !== 'object' || Array.isArray(properties)) {
    throw new LoadGroupsError(`load_groups: properties of ${name} must be an object.`)
  }
  // Configuration is made of plain values only, which are those of JSON.
  return { name, users: list, properties: properties as JsonObject }
}
