/**
 * Who is in which group. Most decisions need no membership at all, so that it is loaded only when asked for:
 * see `groupsInQuestion` (intersections) and `userInQuestion` (checks of one scope).
 */
export interface Membership {
  isMember(user: string, group: string): boolean
}

/** Nobody is in any group. */
export const noMembership: Membership = { isMember: () => false }

/** Knows the members of some groups. */
export function membersOf(groups: ReadonlyMap<string, ReadonlySet<string>>): Membership {
  return { isMember: (user, group) => groups.get(group)?.has(user) ?? false }
}

/** Knows the groups of one user: enough for a check that names this user or one of its servers. */
export function groupsOf(user: string, groups: Iterable<string>): Membership {
  const ofUser = new Set(groups)
  return { isMember: (asked, group) => asked === user && ofUser.has(group) }
}

/** The user in the full name of a server, `user/server`. */
export function ownerOfServer(fullName: string): string {
  const slash = fullName.indexOf('/')
  return slash === -1 ? fullName : fullName.slice(0, slash)
}
