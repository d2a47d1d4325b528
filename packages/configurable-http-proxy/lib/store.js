export { BaseStore, MemoryStore } from '../dist/index.js'
