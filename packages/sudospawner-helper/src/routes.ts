import {
  followHelperExits,
  followHelperLog,
  forgetHelperServer,
  formatTimestamp,
  getHelperHost,
  getHelperLog,
  getHelperResources,
  getHelperServer,
  helperHealth,
  type HelperServer,
  listHelperServers,
  reserveHelperServer,
  signalHelperServer,
  startHelperServer,
  stopHelperServer,
} from '@hub/api'
import type { HelperApi } from './api.js'
import type { HelperSettings } from './config.js'
import { ConflictError } from './errors.js'
import { exitEvents } from './exit-events.js'
import { hostFacts } from './host.js'
import { followLines, lastLines } from './log-file.js'
import { resourcesOf } from './resources.js'
import type { ServerRecord } from './server-record.js'
import type { Servers } from './servers.js'
import { forget } from './watch-servers.js'

/** Every endpoint of the API with what answers it. */
export function mountRoutes(api: HelperApi, servers: Servers, settings: HelperSettings): void {
  api
    .route(helperHealth, async () => ({ status: 200, body: { status: 'OK' } }))
    .route(getHelperHost, async () => ({ status: 200, body: await hostFacts(servers, settings) }))
    .route(listHelperServers, async ({ hub }) => {
      const own = [...servers.records.values()].filter(({ facts }) => facts.hub === hub)
      return { status: 200, body: own.map(serverModel) }
    })
    .route(reserveHelperServer, async ({ hub, body }) => {
      const limits = { memoryBytes: body.memory_bytes, cpuCores: body.cpu_cores }
      const { user, server_name: serverName, ip, command } = body
      const { record, account } = await servers.reserve(hub, { user, serverName, ip, command, limits })
      const { name, home, shell } = account
      return { status: 201, body: { server: serverModel(record), account: { name, home, shell } } }
    })
    .route(startHelperServer, async ({ hub, params, body }) => {
      const record = servers.of(hub, params.id)
      await servers.start(record, body.args, body.environment)
      return { status: 200, body: serverModel(record) }
    })
    .route(getHelperServer, async ({ hub, params }) => {
      const record = servers.of(hub, params.id)
      await servers.refresh(record)
      return { status: 200, body: serverModel(record) }
    })
    .route(getHelperResources, async ({ hub, params }) => ({
      status: 200,
      body: await resourcesOf(servers.of(hub, params.id)),
    }))
    .route(getHelperLog, async ({ hub, params, query }) => {
      const { facts } = servers.of(hub, params.id)
      return { status: 200, body: { lines: await lastLines(servers.logOf(facts.id), query.lines) } }
    })
    .route(followHelperLog, async ({ hub, params, query, signal }) => {
      const record = servers.of(hub, params.id)
      const isOver = (): boolean => record.phase.at === 'exited'
      return { status: 200, events: followLines(servers.logOf(record.facts.id), query.lines, isOver, signal) }
    })
    .route(signalHelperServer, async ({ hub, params, body }) => ({
      status: 200,
      body: { alive: await servers.signal(servers.of(hub, params.id), body.signal) },
    }))
    .route(stopHelperServer, async ({ hub, params, body }) => {
      // Goes on when the caller goes away: half a stop would leave a server in between.
      await servers.stop(hub, params.id, body.steps)
      return { status: 204 }
    })
    .route(forgetHelperServer, async ({ hub, params }) => {
      const { facts, phase } = servers.of(hub, params.id)
      if (phase.at !== 'exited') throw new ConflictError('The server has not ended. Stop it first.')
      await forget(servers, facts.id)
      await servers.save()
      return { status: 204 }
    })
    .route(followHelperExits, async ({ hub, signal }) => ({ status: 200, events: exitEvents(servers, hub, signal) }))
}

function serverModel({ facts, phase, cgroup, enforced }: ServerRecord): HelperServer {
  return {
    id: facts.id,
    user: facts.user,
    server_name: facts.serverName,
    phase: phase.at,
    port: facts.port,
    pid: phase.at === 'running' ? phase.identity.pid : phase.at === 'exited' ? phase.pid : null,
    created: formatTimestamp(facts.createdAt),
    command: facts.command,
    cgroup,
    limits: { memory_bytes: facts.limits.memoryBytes, cpu_cores: facts.limits.cpuCores },
    enforced,
  }
}
