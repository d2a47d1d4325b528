import { EventEmitter } from 'node:events'

/** What operators count and auditors read. Metrics and the event log listen; nothing else of the hub depends on it. */
export interface HubEventMap {
  /** A server answers; its route comes next. */
  serverStarted: [{ readonly user: string; readonly server: string; readonly seconds: number }]
  spawnFailed: [
    {
      readonly user: string
      readonly server: string
      readonly seconds: number
      readonly status: 'failure' | 'error'
      readonly reason: string
    },
  ]
  serverStopped: [
    {
      readonly user: string
      readonly server: string
      readonly seconds: number
      readonly succeeded: boolean
      /** Its process had ended by itself; only the traces were removed. */
      readonly exited: boolean
      /** It went with the hub. */
      readonly withHub: boolean
    },
  ]
  serverPolled: [{ readonly running: boolean; readonly seconds: number }]
  routeAdded: [{ readonly succeeded: boolean; readonly seconds: number }]
  routeDeleted: [{ readonly succeeded: boolean; readonly seconds: number }]
  /** The proxy's table was fetched. */
  routesRead: [{ readonly seconds: number }]
  routesChecked: [{ readonly seconds: number }]
  loggedIn: [{ readonly succeeded: boolean; readonly seconds: number }]
  loggedOut: [{ readonly seconds: number }]
  usersCreated: [{ readonly count: number }]
  usersDeleted: [{ readonly count: number }]
}

export class HubEvents extends EventEmitter<HubEventMap> {}
