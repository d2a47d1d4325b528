import { z } from 'zod'
import { type AuthorityName, authorityNames } from '../internal-tls/authorities.js'
import type { ExternalAuthority } from '../internal-tls/certificate-store.js'
import { InternalTls } from '../internal-tls/internal-tls.js'
import { ConfigProblem, readOption } from '../startup/config-problem.js'
import type { HubSettings } from './hub-settings.js'

const authority = z.strictObject({ key: z.string(), cert: z.string(), ca: z.string().optional() })
// One for each name, or none.
const authorities = z.strictObject(
  Object.fromEntries(authorityNames.map((name) => [name, authority.optional()])) as Record<
    AuthorityName,
    z.ZodOptional<typeof authority>
  >,
)

/** Opens the certificates that `internal_ssl` works with, and makes what is missing. */
export async function openInternalTls(settings: HubSettings, now: () => Date): Promise<InternalTls> {
  const { hub, addresses } = settings
  const external = readOption(authorities, hub.external_ssl_authorities, 'JupyterHub.external_ssl_authorities')
  try {
    return await InternalTls.open({
      directory: hub.internal_certs_location,
      recreate: hub.recreate_internal_certs,
      external: external as Partial<Record<AuthorityName, ExternalAuthority>>,
      hosts: [new URL(addresses.urls.connectUrl).hostname.replace(/^\[|\]$/g, '')].filter(
        (host) => !host.includes('%'),
      ),
      trustedAltNames: hub.trusted_alt_names,
      now,
    })
  } catch (error) {
    throw new ConfigProblem('JupyterHub.internal_ssl', `the certificates cannot be had: ${messageOf(error)}`)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
