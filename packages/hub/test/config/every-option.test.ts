import { helpAll, lineage } from '@hub/config'
import { expect, test } from 'vitest'
import { classes, runHelp } from '../../src/commands/command-tables.js'
import { readServiceSpecs } from '../../src/services/service-spec.js'
import { settableHere, upstreamOptions, upstreamServiceFields } from './upstream-options.js'

const words = (text: string | undefined): string[] => (text ?? '').split(' ').filter((word) => word !== '')
const named = (name: string) => {
  const found = classes.flatMap(lineage).find((each) => each.name === name)
  if (found === undefined) throw new Error(`there is no class ${name}`)
  return found
}

test('the list has as many options as upstream has', () => {
  const count = (...names: string[]): number[] => names.map((name) => words(upstreamOptions[name]).length)
  expect(count('JupyterHub', 'Application', 'Spawner', 'LocalProcessSpawner', 'SimpleLocalProcessSpawner')).toEqual([
    91, 6, 33, 5, 1,
  ])
  expect(count('SudoSpawner', 'SystemdSpawner', 'Authenticator', 'LocalAuthenticator', 'PAMAuthenticator')).toEqual([
    3, 13, 22, 5, 7,
  ])
  expect(count('Proxy', 'ConfigurableHTTPProxy', 'PeriodicMetricsCollector')).toEqual([2, 9, 5])
  expect(words(upstreamServiceFields)).toHaveLength(16)
})

test.each(Object.keys(upstreamOptions))('%s has every option of upstream’s class', (name) => {
  const { traits } = named(name)
  const wanted = [...words(upstreamOptions[name]), ...words(settableHere[name])]
  expect(wanted.filter((option) => !Object.hasOwn(traits, option))).toEqual([])
})

test('--help-all tells of every option, under the class that declares it', () => {
  const help = helpAll(runHelp)
  const untold = Object.keys(upstreamOptions).flatMap((name) =>
    words(upstreamOptions[name])
      .map((option) => {
        const declaring = lineage(named(name)).findLast(({ own }) => own.has(option))
        return `--${declaring?.name ?? name}.${option}=`
      })
      .filter((line) => !help.includes(line)),
  )
  expect(untold).toEqual([])
})

test('a service takes every field of upstream’s', () => {
  const values: Record<string, unknown> = {
    name: 'every-field',
    admin: true,
    url: 'http://127.0.0.1:1',
    command: ['true'],
    cwd: '/',
    environment: { A: 'b' },
    user: 'nobody',
    api_token: 'a-token-of-some-length',
    info: { a: 1 },
    display: false,
    timeout: 3,
    oauth_client_id: 'service-every-field',
    oauth_redirect_uri: '/services/every-field/oauth_callback',
    oauth_no_confirm: true,
    oauth_client_allowed_scopes: ['identify'],
    oauth_roles: [],
  }
  expect(Object.keys(values).sort()).toEqual(words(upstreamServiceFields).sort())
  expect(readServiceSpecs([values])).toHaveLength(1)
  expect(() => readServiceSpecs([{ ...values, comand: 'x' }])).toThrow('comand')
})
