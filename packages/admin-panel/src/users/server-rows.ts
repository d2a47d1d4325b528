import type { ServerModel, UserModel } from '@hub/api'

/** One line of the table: a server of a user. The default one is always there, even if it never ran. */
export interface ServerRow {
  readonly id: string
  readonly user: UserModel
  readonly userName: string
  readonly serverName: string
  /** Undefined: never started. */
  readonly server: ServerModel | undefined
  /** Of the lines of one user, the first tells of the user. */
  readonly isFirst: boolean
}

export function serverRows(users: readonly UserModel[]): ServerRow[] {
  return users.flatMap((user) => {
    const userName = user.name ?? ''
    const servers = user.servers ?? {}
    const names = [
      '',
      ...Object.keys(servers)
        .filter((name) => name !== '')
        .sort(),
    ]
    return names.map((serverName, index) => ({
      id: `${userName}/${serverName}`,
      user,
      userName,
      serverName,
      server: servers[serverName],
      isFirst: index === 0,
    }))
  })
}
