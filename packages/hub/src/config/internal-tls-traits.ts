import { kind, trait } from '@hub/config'

/** Encryption between the hub's own parts. */
export const internalTlsTraits = {
  internal_ssl: trait.bool({
    default: false,
    help: 'Encrypt all connections between hub, proxy, servers and services, each of which proves by a certificate who it is.',
  }),
  internal_certs_location: trait.str({
    default: 'internal-ssl',
    help: 'Directory of the certificates that internal_ssl works with; made at the first start. Its keys are secrets.',
  }),
  recreate_internal_certs: trait.bool({
    default: false,
    help: 'Throw the certificates of internal_ssl away at the start and make new ones. Servers that run cannot be reached any more.',
  }),
  external_ssl_authorities: trait.dict(kind.dict(kind.str), {
    default: {},
    help:
      'Authorities of your own in place of those that the hub makes: hub-ca, notebooks-ca, proxy-api-ca, proxy-client-ca, services-ca, ' +
      'each with the files key, cert and, if others are trusted beside it, ca.',
  }),
  trusted_alt_names: trait.list(kind.str, {
    default: [],
    help: 'More names in the certificates of internal_ssl, such as DNS:node7 or IP:10.0.0.7, for parts on other hosts.',
    validate: (names) =>
      names.every((name) => /^(DNS|IP):.+/.test(name)) ? undefined : 'Write each as DNS:host or IP:address.',
  }),
  generate_certs: trait.bool({
    default: false,
    help: 'Make the certificates that internal_ssl works with, and exit.',
  }),
}
