export * from './names.js'
export * from './server-facts.js'
