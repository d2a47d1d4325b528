// Asks PAM once, in a process that a test starts as somebody else: ask-once.ts SERVICE NAME PASSWORD
import { fakeLoginRequest } from '../../src/fake-request.js'
import { pamWith } from './test-host.js'

const [service = '', username = '', password = ''] = process.argv.slice(2)
const pam = pamWith({ service })
const result = await pam.authenticate(fakeLoginRequest({ username, password }), AbortSignal.timeout(20_000))
process.stdout.write(result === null ? 'refused\n' : 'in\n')
await pam.stop()
