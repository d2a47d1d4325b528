export { ConfigurableProxy, default, parseListenOptions } from '../dist/index.js'
