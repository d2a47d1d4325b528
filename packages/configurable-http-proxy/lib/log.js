export { defaultLogger } from '../dist/index.js'
