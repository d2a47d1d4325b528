import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeSpawner } from '../src/suite.js'
import { DockerSpawner } from './docker-spawner.js'

test('the plug-in of the README is the one tested here', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const plugin = await readFile(new URL('docker-spawner.ts', import.meta.url), 'utf8')
  expect(readme).toContain(plugin.trim())
})

/** A program of that name that knows create, start, port, ps and rm, and whose containers are sleeping processes. */
const STAND_IN = `#!/bin/sh
cd "$(dirname "$0")"
for last; do :; done
case $1 in
create) id=$(date +%s%N)$$; : > "$id"; echo "$id" ;;
start) sleep 1000 > /dev/null 2>&1 & echo $! > "$2"; echo "$2" ;;
port) echo 127.0.0.1:4321 ;;
ps) id=\${last#id=}; [ -n "$id" ] && [ -s "$id" ] && kill -0 "$(cat "$id")" 2>/dev/null && echo "$id"; exit 0 ;;
rm) [ -s "$last" ] && kill -9 "$(cat "$last")" 2>/dev/null; rm -f "$last" ;;
esac
`

describeSpawner('the plug-in of the README', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'docker-stand-in-'))
  await writeFile(join(directory, 'docker'), STAND_IN)
  await chmod(join(directory, 'docker'), 0o755)
  const path = process.env['PATH'] ?? ''
  process.env['PATH'] = `${directory}:${path}`
  return {
    create: (context) => new DockerSpawner({ ...context, hubEnvironment: {} }),
    crash: async ({ container }) => {
      if (typeof container !== 'string') throw new TypeError('not a state of this plug-in')
      process.kill(Number(await readFile(join(directory, container), 'utf8')), 'SIGKILL')
    },
    close: async () => {
      process.env['PATH'] = path
      await rm(directory, { recursive: true })
    },
  }
})
