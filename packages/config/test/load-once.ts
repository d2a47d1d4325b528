/** Prints what the configuration in the working directory sets: run as a program of its own by tests. */
import { loadConfig } from '../src/index.js'
import { classes, spawners } from './fixture.js'

const loaded = await loadConfig({ classes, plugins: [spawners], cwd: process.cwd(), env: process.env })
process.stdout.write(JSON.stringify(loaded.toObject()))
