export { createHub, type Hub, type HubOptions, type ShutdownRequest } from './hub.js'
export { classes as hubClasses, plugins as hubPlugins, runHelp as hubCommandLine } from './commands/command-tables.js'
export { HubError } from './http/hub-error.js'
export { wireVersion, hubVersion } from './version.js'
