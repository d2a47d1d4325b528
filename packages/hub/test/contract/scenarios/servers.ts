import { holder, paged, type Scenario } from './common.js'

export const namedServers: Scenario = async (on) => {
  const base = '/users/nora/servers'
  await on.ask('POST', '/users/nora')
  for (const as of [
    'servers',
    'read-servers',
    'read-server',
    'start-servers',
    'delete-servers',
    'admin-servers',
    'nothing',
    'read-users',
  ] as const) {
    for (const path of ['/users/nora/server', `${base}/nosuch`, '/users/nosuch/server', '/users/nosuch/servers/x']) {
      await on.call('GET', path, holder(as))
      if (!path.includes('/nora/server')) await on.call('POST', path, holder(as))
      await on.call('DELETE', path, holder(as))
      await on.call('PATCH', path, { ...holder(as), body: { display_name: 'X' } })
      await on.call('GET', `${path}/progress`, holder(as))
    }
    await on.call('PUT', '/users/nora/server', holder(as))
  }
  for (const name of [
    'Lab',
    '1lab',
    'lab-',
    'la--b',
    'a'.repeat(31),
    'l%2Fab',
    'l%20b',
    'l%C3%BC',
    '%0A',
    'lab_1',
    "q'uote",
  ])
    await on.call('PUT', `${base}/${name}`)
  for (const body of [
    'nonsense',
    '[]',
    '"x"',
    '3',
    '[1]',
    '{"display_name": null}',
    '{"display_name": 3}',
    '{"user_options": 3}',
    '{"user_options": []}',
    '{"display_name": ""}',
    '{"display_name": " x"}',
    '{"display_name": "x  y"}',
    '{"display_name": "x\\u0007"}',
    `{"display_name": "${'x'.repeat(256)}"}`,
  ]) {
    await on.call('PUT', `${base}/made`, { body })
    await on.ask('DELETE', `${base}/made`, { body: { remove: true } })
  }
  await on.call('PUT', `${base}/one`)
  await on.call('PUT', `${base}/one`)
  await on.call('PUT', `${base}/two`, { body: { display_name: 'Number 2 ü', user_options: { a: 1 } } })
  await on.call('GET', `${base}/two`)
  await on.call('GET', `${base}/two`, holder('read-servers'))
  await on.call('PUT', `${base}/three`, { body: { profile: 'big' } })
  await on.call('GET', `${base}/three`)
  await on.call('PUT', `${base}/four`)
  await on.call('POST', `${base}/four`)
  await on.call('GET', '/users/nora')
  await on.call('GET', '/users/nora?include_stopped_servers')
  await on.call('GET', '/users/nora?include_stopped_servers', holder('read-servers'))
  for (const body of [
    'nonsense',
    '',
    '{}',
    '[]',
    'null',
    '"x"',
    '{"x": 1}',
    '{"name": "one"}',
    '{"name": "two"}',
    '{"name": ""}',
    '{"name": "Bad"}',
    '{"name": 3}',
    '{"display_name": "Renamed"}',
    '{"display_name": ""}',
    '{"display_name": 3}',
    '{"user_options": null}',
    '{"user_options": {"b": 2}}',
    '{"user_options": 3}',
    '{"name": "one-b"}',
    '{"name": "one", "x": 1}',
  ])
    await on.call('PATCH', `${base}/one`, { body })
  await on.call('GET', `${base}/one`)
  await on.call('GET', `${base}/one-b`)
  await on.call('PATCH', '/users/nora/server', { body: { user_options: { c: 3 } } })
  await on.call('GET', '/users/nora/server')
  await on.call('PATCH', '/users/nora/server', { body: { display_name: 'Default' } })
  await on.call('PATCH', '/users/nora/server', { body: { name: 'from-default' } })
  for (const body of ['nonsense', '[]', '"x"', '{"x": 1}']) await on.call('DELETE', `${base}/two`, { body })
  await on.call('DELETE', '/users/nora/server', { body: { remove: true } })
  await on.call('DELETE', '/users/nora/server')
  await on.call('DELETE', `${base}/nosuch`)
  await on.call('DELETE', `${base}/two`)
  await on.call('DELETE', `${base}/two`, { body: { remove: true } })
  await on.call('DELETE', `${base}/two`, { body: { remove: true } })
  await on.call('GET', `${base}/two/progress`)
  await on.call('GET', `${base}/three/progress`)
  await on.call('GET', '/users/nora/server/progress')
  for (const body of ['{"remove": "x"}', '{"remove": 1}']) await on.call('DELETE', `${base}/three`, { body })
  await on.call('PATCH', `${base}/one-b`, { body: { display_name: ' bad' } })
}

export const runningServers: Scenario = async (on) => {
  await on.ask('POST', '/users/rita')
  await on.call('POST', '/users/rita/server', { body: { first: 1 } })
  await on.call('GET', '/users/rita/server')
  await on.call('GET', '/users/rita/server', holder('read-servers'))
  await on.call('GET', '/users/rita', holder('read-users'))
  await on.call('GET', '/users/rita')
  await on.call('GET', '/users/rita', holder('admin-servers'))
  await on.call('GET', '/users?name_filter=rita&state=ready')
  await on.call('GET', '/users?name_filter=rita&state=active', paged)
  await on.call('GET', '/users?name_filter=rita&state=inactive')
  await on.call('POST', '/users/rita/server')
  await on.call('PATCH', '/users/rita/server', { body: { user_options: { x: 1 } } })
  await on.call('PATCH', '/users/rita', { body: { admin: false } })
  await on.call('GET', '/users/rita/tokens')
  await on.call('GET', '/proxy')
  await on.call('GET', '/proxy?limit=1', paged)
  await on.call('POST', '/users/rita/servers/lab', { body: { display_name: 'The lab', user_options: { second: 2 } } })
  await on.call('GET', '/users/rita/servers/lab')
  await on.call('GET', '/users/rita')
  await on.call('DELETE', '/users/rita/servers/lab')
  await on.call('GET', '/users/rita/servers/lab')
  await on.call('POST', '/users/rita/servers/lab')
  await on.call('GET', '/users/rita/servers/lab')
  await on.call('DELETE', '/users/rita/servers/lab', { body: { remove: true } })
  await on.call('GET', '/users/rita/servers/lab')
  await on.call('DELETE', '/users/rita/server')
  await on.call('DELETE', '/users/rita/server')
  await on.call('GET', '/users/rita/server')
  await on.call('GET', '/users/rita?include_stopped_servers')
  await on.call('POST', '/users/rita/server', { body: 'nonsense' })
  await on.call('POST', '/users/rita/server', { body: '"text"' })
  await on.call('POST', '/users/rita/server', { body: '{"user_options": null}' })
  await on.call('GET', '/users/rita/server')
  await on.call('DELETE', '/users/rita')
}
