export * from './coded-error.js'
export * from './json.js'
export * from './log.js'
export * from './singleuser/index.js'
