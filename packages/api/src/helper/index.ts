export * from './models.js'
export * from './endpoints.js'
