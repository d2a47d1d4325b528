export { MemoryStore } from '../dist/index.js'
