/**
 * Who vouches for whom. Each kind of part has an authority of its own, and trusts only the authorities of those that it has
 * to talk to: a single-user server's certificate opens neither the proxy's API nor another single-user server.
 */
export const trustedBy = {
  'hub-ca': ['hub-ca', 'proxy-api-ca', 'proxy-client-ca', 'notebooks-ca', 'services-ca'],
  'proxy-api-ca': ['hub-ca', 'services-ca'],
  'proxy-client-ca': ['hub-ca', 'notebooks-ca', 'services-ca'],
  'notebooks-ca': ['hub-ca', 'proxy-client-ca'],
  'services-ca': ['hub-ca', 'proxy-api-ca', 'proxy-client-ca'],
} as const satisfies Record<string, readonly string[]>

export type AuthorityName = keyof typeof trustedBy

// The keys of the object are these names.
export const authorityNames = Object.keys(trustedBy) as readonly AuthorityName[]
