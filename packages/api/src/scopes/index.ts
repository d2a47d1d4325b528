export * from './scope-definitions.js'
