import { trait } from '@hub/config'

const noEffect = 'Accepted for configurations that set it, without effect'

/** Options of Python's hub that have nothing left to do here, or that go by another name. */
export const compatibilityTraits = {
  hub_connect_port: trait.int({
    default: 0,
    help: 'Port under which proxy and servers reach the hub.',
    deprecated: { since: '0.9', note: 'use hub_connect_url' },
  }),
  debug_proxy: trait.bool({
    default: false,
    help: 'Have the proxy log everything.',
    deprecated: { since: '0.8', use: 'ConfigurableHTTPProxy.debug' },
  }),
  proxy_check_interval: trait.int({
    default: 0,
    unit: 's',
    help: 'How often the hub looks whether the proxy is there.',
    deprecated: { since: '0.8', use: 'ConfigurableHTTPProxy.check_running_interval' },
  }),
  forwarded_host_header: trait.str({
    default: '',
    help: `${noEffect}: where a request comes from is checked by XSRF tokens and Sec-Fetch headers.`,
  }),
}
