export { createHelper, type Helper } from './helper.js'
export { helperSettings, type HelperSettings, sudospawnerHelper } from './config.js'
export { helperCommandLine } from './command-line.js'
