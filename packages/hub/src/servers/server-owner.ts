import type { HubUser } from '@hub/authenticator'

/** The user a server belongs to, as its start and stop need to know them. */
export interface ServerOwner {
  readonly id: number
  readonly name: string
  readonly admin: boolean
  readonly groups: readonly string[]
  /** What plug-ins and hooks are given. */
  readonly forHooks: HubUser
}
