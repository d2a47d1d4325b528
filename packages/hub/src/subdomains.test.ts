import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Subdomains, subdomainHooks } from './subdomains.js'

const { idna, legacy } = subdomainHooks

test.each([
  ['ada', 'ada'],
  ['Ada', 'Ada'],
  ['a-b', 'a-b'],
  ['a_b', 'u-ab--648fa9b'],
  ['user@example.com', 'u-userexam--b4c9a28'],
  ['1234', 'u-1234--03ac674'],
  ['ü', 'xn--tda'],
  ['xn--tda', expect.stringMatching(/^u-xntda--[0-9a-f]{7}$/) as string],
  ['a.b', expect.stringMatching(/^u-ab--/) as string],
  ['-', expect.stringMatching(/^u-x--/) as string],
])('idna: %s', (name, label) => {
  const [first, ...rest] = idna(name, 'hub.example.org', 'user').split('.')
  expect(first).toEqual(label)
  expect(rest.join('.')).toBe('hub.example.org')
})

test('idna: a service is on a host of its own, which no user can have', () => {
  expect(idna('culler', 'example.org', 'service')).toBe('culler--service.example.org')
  expect(idna('culler--service', 'example.org', 'user')).not.toBe('culler--service.example.org')
})

test('idna: whatever the name, the host is one label below the domain', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }), (name) => {
      for (const kind of ['user', 'service'] as const)
        expect(idna(name, 'example.org', kind)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.example\.org$/i)
    }),
  )
})

test('legacy: escaped with underscores, services on one host', () => {
  expect(legacy('user@example.com', 'x.org', 'user')).toBe('user_40example.com.x.org')
  expect(legacy('a_b~c', 'x.org', 'user')).toBe('a_5fb_7ec.x.org')
  expect(legacy('Ünï', 'x.org', 'user')).toBe('_c3_9cn_c3_af.x.org')
  expect(legacy('culler', 'x.org', 'service')).toBe('services.x.org')
})

test('origins keep scheme and port', () => {
  const subdomains = new Subdomains('https://hub.example.org:8443', idna)
  expect(subdomains.originOf('ada', 'user')).toBe('https://ada.hub.example.org:8443')
  expect(subdomains.hostOf('ada', 'user')).toBe('ada.hub.example.org')
})
