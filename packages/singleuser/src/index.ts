export { createSingleuser, type Singleuser, type SingleuserOptions } from './singleuser.js'
export { readHubFacts, type HubFacts } from './config/hub-facts.js'
export { hubSingleuser, type SingleuserSettings } from './config/options.js'
