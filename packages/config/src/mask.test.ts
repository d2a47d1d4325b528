import { expect, test } from 'vitest'
import { masked, soundsSecret } from './mask.js'
import { kind } from './kinds/index.js'
import { trait } from './trait.js'

const plain = trait.any({ default: null, help: '' })

test('secret options are masked whole, unless they are empty', () => {
  const secret = trait.secret({ default: '', help: '' })
  expect(masked('x', 'anything', secret)).toBe('***')
  expect(masked('', 'anything', secret)).toBe('')
  const sensitive = trait.dict(kind.str, { default: {}, help: '', sensitive: true })
  expect(masked({ abc: 'ada' }, 'api_tokens', sensitive)).toBe('***')
  expect(masked({}, 'api_tokens', sensitive)).toEqual({})
})

test('parts of other options are masked where their name says that they are secret', () => {
  const services = [{ name: 'a', api_token: 't', nested: { client_secret: 's', url: 'http://x' }, admin: true }]
  expect(masked(services, 'services', plain)).toEqual([
    { name: 'a', api_token: '***', nested: { client_secret: '***', url: 'http://x' }, admin: true },
  ])
})

test('passwords inside URLs are masked', () => {
  expect(masked('postgresql://hub:pw:with@signs@db/hub', 'db_url', plain)).toBe('postgresql://hub:***@db/hub')
  expect(masked(new Set(['redis://:pw@h/0']), 'x', plain)).toEqual(new Set(['redis://:***@h/0']))
  expect(masked('http://127.0.0.1:8001/api@x', 'api_url', plain)).toBe('http://127.0.0.1:8001/api@x')
})

test('an option that nobody declared is judged by its name', () => {
  expect(masked('x', 'auth_tokn', undefined)).toBe('x')
  expect(masked('x', 'auth_token', undefined)).toBe('***')
  expect(['password', 'api_tokens', 'crypt_key', 'admin_password'].every(soundsSecret)).toBe(true)
  expect(['token_expires_in', 'allow_token', 'keyfile', 'username'].some(soundsSecret)).toBe(false)
})
