import { expect, test } from 'vitest'
import { startHubInProcess } from '../hub-in-process.js'

test('a service known by its token alone belongs to the configuration, and goes with its token', async () => {
  const token = 'only-a-token-0123456789'
  const config = { JupyterHub: { service_tokens: { [token]: 'bare' } } }
  const first = await startHubInProcess({ config })
  try {
    expect((await first.api('GET', '/user', undefined, token)).json()).toMatchObject({ kind: 'service', name: 'bare' })
    expect((await first.api('DELETE', '/services/bare')).status).toBe(405)
    const id = await first.serviceId('bare')
    await first.stop()

    const second = await startHubInProcess({ config, after: first })
    expect(await second.serviceId('bare')).toBe(id)
    expect((await second.api('GET', '/user', undefined, token)).status).toBe(200)
    await second.stop()

    // A service of this name in the configuration takes its place.
    const services = [{ name: 'bare', api_token: token, info: { a: 1 } }]
    const third = await startHubInProcess({ config: { JupyterHub: { services } }, after: first })
    expect((await third.api('GET', '/services/bare')).json()).toMatchObject({ info: { a: 1 } })
    await third.stop()

    const last = await startHubInProcess({ after: first })
    expect((await last.api('GET', '/services/bare')).status).toBe(404)
    expect((await last.api('GET', '/user', undefined, token)).status).toBe(403)
    await last.stop()
  } finally {
    await first[Symbol.asyncDispose]()
  }
})
