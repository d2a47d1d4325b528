import { buildServerEnvironment, encodeForPath, type ListenAddress, type ServerFacts } from '@hub/api'
import type { AccountVariables } from './contract.js'
import type { Spawner } from './spawner.js'
import { fillTemplate } from './template.js'

/** The environment of a server from what the hub decided ({@link ServerFacts}) and what is configured. */
export async function serverEnvironment(
  spawner: Spawner,
  facts: ServerFacts,
  address: ListenAddress | undefined,
  account: AccountVariables | undefined,
): Promise<Record<string, string>> {
  const { config, context } = spawner
  return buildServerEnvironment({
    facts: withHubConnectUrl(facts, config.hub_connect_url),
    address,
    account,
    hubEnvironment: context.hubEnvironment,
    options: {
      envKeep: config.env_keep,
      memLimitBytes: config.mem_limit ?? undefined,
      memGuaranteeBytes: config.mem_guarantee ?? undefined,
      cpuLimit: config.cpu_limit ?? undefined,
      cpuGuarantee: config.cpu_guarantee ?? undefined,
      rootDir: fillTemplate('notebook_dir', config.notebook_dir, spawner),
      defaultUrl: fillTemplate('default_url', config.default_url, spawner),
      debug: config.debug,
      disableUserConfig: config.disable_user_config,
      environment: await configuredEnvironment(spawner),
    },
  })
}

function withHubConnectUrl(facts: ServerFacts, connectUrl: string | null): ServerFacts {
  if (connectUrl === null) return facts
  const hubApiUrl = `${connectUrl.replace(/\/+$/, '')}${facts.baseUrl}hub/api`
  return { ...facts, hubApiUrl, activityUrl: `${hubApiUrl}/users/${encodeForPath(facts.userName)}/activity` }
}

async function configuredEnvironment(spawner: Spawner): Promise<Record<string, string>> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(spawner.config.environment)) {
    const text: unknown = typeof value === 'function' ? await value(spawner) : value
    if (typeof text !== 'string')
      throw new TypeError(`The function at Spawner.environment[${name}] must return a string.`)
    environment[name] = text
  }
  return environment
}
