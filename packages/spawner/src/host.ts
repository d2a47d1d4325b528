/** For programs of ours that keep processes on their host themselves. Whoever writes a spawner needs none of it. */
export { findAccount } from './local/accounts.js'
export * from './local/cgroup.js'
export { OwnChildren } from './local/own-children.js'
export { PortPicker } from './local/ports.js'
export * from './local/process-identity.js'
export { findSetpriv } from './local/run-as.js'
export { linesOf } from './local/server-log.js'
export { ProcessNeverDiedError, stopProcess, type StopStep, type StopTools } from './local/stop-process.js'
