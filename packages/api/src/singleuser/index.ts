export * from './environment.js'
export * from './names.js'
export * from './server-facts.js'
