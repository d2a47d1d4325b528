export * from './contract.js'
export * from './spawn-error.js'
export * from './spawner-config.js'
export * from './spawner.js'
