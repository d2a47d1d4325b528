import { expect, test } from 'vitest'
import * as clientStore from '../../src/oauth/client-store.js'
import * as serviceStore from '../../src/services/service-store.js'
import * as tokenStore from '../../src/tokens/token-store.js'
import { onEveryDatabase } from './both-databases.js'
import { aClient, aService, address, makeToken } from './make.js'

onEveryDatabase('services', (current) => {
  test('a configured service keeps its id and tokens when it is brought in line again', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const first = await serviceStore.upsert(
        tx,
        aService('culler', { command: ['cull', '-v'], environment: { A: '1' } }),
      )
      await makeToken(tx, { serviceId: first.id })
      const second = await serviceStore.upsert(tx, aService('culler', { url: 'http://127.0.0.1:1', user: 'root' }))
      expect(second.id).toBe(first.id)
      expect(await serviceStore.findByName(tx, 'culler')).toEqual(second)
      expect(await serviceStore.findById(tx, first.id)).toMatchObject({ user: 'root', command: [], timeout: 30 })
      expect(await tokenStore.listOf(tx, { serviceId: first.id })).toHaveLength(1)
    })
  })

  test('services that left the configuration go with tokens, address and client; those made at run time stay', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      await clientStore.upsert(tx, aClient('service-old'))
      const old = await serviceStore.upsert(tx, aService('old', { oauthClientId: 'service-old' }))
      await serviceStore.setAddress(tx, old.id, address)
      await makeToken(tx, { serviceId: old.id })
      await serviceStore.upsert(tx, aService('kept'))
      await serviceStore.upsert(tx, aService('run-time', { fromConfig: false }))
      const gone = await serviceStore.removeUnconfigured(tx, ['kept'])
      expect(gone.map((service) => service.name)).toEqual(['old'])
      expect((await serviceStore.list(tx)).map((service) => service.name)).toEqual(['kept', 'run-time'])
      for (const table of ['servers', 'api_tokens']) expect(await tx.all(`SELECT * FROM ${table}`)).toEqual([])
      expect(await clientStore.findByIdentifier(tx, 'service-old')).toBeUndefined()
    })
  })

  test('the address follows the URL, and goes with it', async () => {
    const { database } = current()
    await database.write(async (tx) => {
      const { id } = await serviceStore.upsert(tx, aService('web'))
      await serviceStore.setAddress(tx, id, address)
      await serviceStore.setAddress(tx, id, { ...address, port: 5 })
      expect(await serviceStore.findAddress(tx, id)).toMatchObject({ port: 5 })
      expect(await tx.all('SELECT * FROM servers')).toHaveLength(1)
      await serviceStore.setPid(tx, id, 77)
      await serviceStore.setAddress(tx, id, null)
      expect(await serviceStore.findAddress(tx, id)).toBeUndefined()
      expect(await serviceStore.findById(tx, id)).toMatchObject({ serverId: null, pid: 77 })
    })
  })
})
