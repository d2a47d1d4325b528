import { ApiError, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'

/** One person of a list to be added. */
export interface NewUser {
  readonly name: string
  readonly admin: boolean
  readonly groups: readonly string[]
}

/**
 * Reads a list of people: a name a line, or CSV with a heading of `name`, `admin` and `groups` (several with blanks or
 * semicolons between them). Blank lines and those that begin with `#` are skipped; a name counts once.
 */
export function readUserList(text: string, defaultAdmin: boolean): NewUser[] {
  const lines = text
    .replace(/^\uFEFF/, '') // spreadsheets write one
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const separator = [';', '\t', ','].find((one) => lines[0]?.includes(one)) ?? ','
  const heading = cells(lines[0] ?? '', separator).map((cell) => cell.toLowerCase())
  const nameAt = heading.findIndex((cell) => ['name', 'username', 'user'].includes(cell))
  const hasHeading = nameAt !== -1
  const adminAt = heading.indexOf('admin')
  const groupsAt = heading.findIndex((cell) => ['group', 'groups'].includes(cell))
  const users = new Map<string, NewUser>()
  for (const line of hasHeading ? lines.slice(1) : lines) {
    const row = hasHeading ? cells(line, separator) : [line]
    const name = row[hasHeading ? nameAt : 0] ?? ''
    if (name === '') continue
    users.set(name, {
      name,
      admin: adminAt === -1 ? defaultAdmin : ['1', 'true', 'yes', 'x'].includes((row[adminAt] ?? '').toLowerCase()),
      groups: groupsAt === -1 ? [] : (row[groupsAt] ?? '').split(/[\s;|]+/).filter((group) => group !== ''),
    })
  }
  return [...users.values()]
}

const cells = (line: string, separator: string): string[] =>
  line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))

export interface ImportResult {
  readonly created: number
  readonly existing: number
  readonly problems: readonly string[]
}

/** Names in one request: a request is answered when all of them are there. */
const chunkSize = 200

/** Adds people chunk by chunk, then puts them into their groups, which are created if need be. */
export async function importUsers(
  users: readonly NewUser[],
  report: (done: number) => void,
  signal: AbortSignal,
): Promise<ImportResult> {
  const problems: string[] = []
  let created = 0
  let done = 0
  for (const admin of [false, true]) {
    const names = users.filter((user) => user.admin === admin).map(({ name }) => name)
    for (const chunk of chunks(names)) {
      created += await createChunk(chunk, admin, problems, signal)
      done += chunk.length
      report(done)
    }
  }
  const failed = problems.length
  await joinGroups(users, problems, signal)
  return { created, existing: failed > 0 ? 0 : users.length - created, problems }
}

async function createChunk(
  usernames: readonly string[],
  admin: boolean,
  problems: string[],
  signal: AbortSignal,
): Promise<number> {
  try {
    return (await call(endpoints.createUsers, { body: { usernames: [...usernames], admin }, signal })).body.length
  } catch (error) {
    // All of them are there already.
    if (error instanceof ApiError && error.status === 409) return 0
    if (!(error instanceof ApiError)) throw error
    problems.push(error.message)
    return 0
  }
}

async function joinGroups(users: readonly NewUser[], problems: string[], signal: AbortSignal): Promise<void> {
  const members = new Map<string, string[]>()
  for (const { name, groups } of users) {
    for (const group of groups) members.set(group, [...(members.get(group) ?? []), name])
  }
  for (const [group, names] of members) {
    try {
      await call(endpoints.createGroup, { params: { group }, signal }).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== 409) throw error
      })
      for (const chunk of chunks(names)) {
        await call(endpoints.addGroupUsers, { params: { group }, body: { users: [...chunk] }, signal })
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      problems.push(`${group}: ${error.message}`)
    }
  }
}

function chunks(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / chunkSize) }, (_, index) =>
    names.slice(index * chunkSize, (index + 1) * chunkSize),
  )
}
