// Needs nothing but the published packages, as the test of a plug-in of your own would.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeAuthenticator } from '@hub/authenticator/suite'
import { valuesWith } from '@hub/config'
import { PasswordFileAuthenticator, passwordFileConfigurable } from '../src/password-file-authenticator.js'
import { passwordLine } from '../src/password-file.js'

describeAuthenticator('PasswordFileAuthenticator', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'password-file-'))
  const file = join(folder, 'users.txt')
  await writeFile(file, `${await passwordLine('ada', 'lovelace')}\n`)
  return {
    create: (context, options) =>
      new PasswordFileAuthenticator({ ...context, config: valuesWith(passwordFileConfigurable, { ...options, file }) }),
    goodLogin: { form: { username: 'Ada', password: 'lovelace' }, name: 'ada' },
    badLogin: { username: 'ada', password: 'byron' },
    close: () => rm(folder, { recursive: true }),
  }
})
