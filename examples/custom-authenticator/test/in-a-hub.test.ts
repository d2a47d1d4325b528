import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { tempDir } from '@hub/testkit'
import { expect, test } from 'vitest'
import { runExample } from '../../run-example.js'
import { isInFile, passwordLine } from '../src/password-file.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test('a name that is not in the file, or has no usable line, never gets in', async () => {
  await using dir = await tempDir()
  const file = join(dir.path, 'users.txt')
  await writeFile(file, `broken:zz\nempty::\n${await passwordLine('ada', 'lovelace')}\n`)
  expect(await isInFile(file, 'ada', 'lovelace')).toBe(true)
  for (const name of ['', 'broken', 'empty', 'grace']) expect(await isInFile(file, name, '')).toBe(false)
})

test('the hub of the example takes who was added by add-user, and nobody else', async () => {
  await using dir = await tempDir()
  const file = join(dir.path, 'users.txt')
  const adding = promisify(execFile)(process.execPath, ['--import', 'tsx', here('../src/add-user.ts'), 'ada'])
  adding.child.stdin?.end('lovelace\n')
  await writeFile(file, (await adding).stdout)

  await using hub = await runExample({
    configFile: here('../jupyterhub_config.mjs'),
    env: { HUB_PASSWORD_FILE: file },
  })
  await using browser = hub.browser()
  const refused = await browser.login('ada', 'byron')
  expect(refused.status).toBe(403)
  expect(refused.text).toContain('Invalid username or password')
  expect((await browser.login('ada', 'lovelace', { follow: false })).status).toBe(302)
  expect((await browser.get('/hub/home')).text).toContain('ada')

  await rm(file)
  await using other = hub.browser()
  const broken = await other.login('ada', 'lovelace')
  expect(broken.status).toBe(503)
  expect(broken.text).toContain('Tell your administrator')
})
