import { expect, test } from 'vitest'
import {
  Browser,
  findChp,
  findChromium,
  fixture,
  freePort,
  killMarked,
  launchChromium,
  MARK,
  markedProcesses,
  mayMakeNamespaces,
  mergeConfig,
  openSocket,
  startChild,
  startProxyProcess,
  testServer,
  twoHosts,
  waitFor,
} from '../src/index.js'

test('a browser follows redirects, keeps cookies and sends forms', async () => {
  await using server = await testServer((request, response) => {
    if (request.url === '/first') response.writeHead(302, { location: '/second', 'set-cookie': 'a=1; Path=/' }).end()
    else if (request.method === 'POST') request.pipe(response)
    else
      response.end(
        `<form action="/there" method="post"><input name="x" value="1"><input name="y"></form>${request.headers.cookie}`,
      )
  })
  await using browser = new Browser(server.url)
  const page = await browser.get('/first')
  expect(page).toMatchObject({ path: '/second', status: 200 })
  expect(page.text).toContain('a=1')
  const sent = await browser.submit(page, page.formWith('y'), { y: 'two words' })
  expect(sent.text).toBe('x=1&y=two+words')
  expect(server.requests).toEqual(['GET /first', 'GET /second', 'POST /there'])
})

test('the test server echoes WebSocket messages', async () => {
  await using server = await testServer()
  using socket = await openSocket(`${server.url}/x`)
  socket.send('one')
  socket.send('two')
  expect([await socket.next(), await socket.next()]).toEqual(['one', 'two'])
})

test('a child that ends is told from one that keeps silent', async () => {
  await using quick = startChild({ command: ['sh', '-c', 'echo hello; exit 3'] })
  await expect(quick.waitForLog(/never/)).rejects.toThrow(/"code":3[\s\S]*hello/)
  await using slow = startChild({ command: ['sleep', '60'] })
  await expect(slow.waitForLog(/never/, 100)).rejects.toThrow('within 100 ms')
  expect(await slow.stop()).toEqual({ code: null, signal: 'SIGTERM' })
})

test('marked processes are found and killed although they left their parent and its session', async () => {
  const mark = `kit-${process.pid}`
  await using parent = startChild({ command: ['sh', '-c', 'setsid sleep 61 & exit 0'], env: { [MARK]: mark } })
  await parent.exited
  const left = await waitFor(async () => (await markedProcesses(mark)).find(({ command }) => command === 'sleep 61'))
  expect(left.pid).toBeGreaterThan(0)
  await killMarked(mark)
  expect(await markedProcesses(mark)).toEqual([])
})

test('given options go over the kit’s own, trait by trait, and the mark stays', () => {
  const merged = mergeConfig(
    { Spawner: { cmd: ['a'], environment: { [MARK]: 'm' } }, JupyterHub: { port: 1 } },
    { Spawner: { environment: { A: '1' } }, Authenticator: { allow_all: false } },
    'm',
  )
  expect(merged).toEqual({
    Spawner: { cmd: ['a'], environment: { A: '1', [MARK]: 'm' } },
    JupyterHub: { port: 1 },
    Authenticator: { allow_all: false },
  })
})

test('managed services are found by the mark as well', () => {
  const external = { name: 'external' }
  const services = [external, { name: 'managed', command: ['a'], environment: { A: '1' } }]
  expect(mergeConfig({}, { JupyterHub: { services } }, 'm')).toEqual({
    JupyterHub: { services: [external, { name: 'managed', command: ['a'], environment: { A: '1', [MARK]: 'm' } }] },
  })
})

test('the miniature server answers HTTP and WebSockets where the environment says', async () => {
  const port = await freePort()
  await using server = startChild({
    command: [process.execPath, fixture('fake-server.mjs')],
    env: { JUPYTERHUB_USER: 'ada', JUPYTERHUB_SERVICE_URL: `http://127.0.0.1:${port}/user/ada/` },
  })
  await using browser = new Browser(`http://127.0.0.1:${port}`)
  const page = await waitFor(() => browser.get('/user/ada/api'))
  expect(page.json()).toMatchObject({ user: 'ada', url: '/user/ada/api' })
  using socket = await browser.socket('/user/ada/x')
  socket.send('ping')
  expect(await socket.next()).toBe('ping')
  await server.stop()
  await socket.closed
})

const chp = findChp()
test.skipIf(chp === undefined)('the npm configurable-http-proxy can be started and asked for its routes', async () => {
  const [port, apiPort] = [await freePort(), await freePort()]
  await using proxy = await startProxyProcess({ port, apiPort, token: 'secret-token', command: [chp!] })
  expect(await proxy.routes()).toEqual({})
  expect(await proxy.child().stop()).toEqual({ code: 2, signal: null })
})

test.skipIf(findChromium() === undefined)('Chromium opens a page', async () => {
  await using server = await testServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<title>Hello</title>')
  })
  const chromium = await launchChromium()
  try {
    const page = await chromium.newPage()
    await page.goto(server.url)
    expect(await page.title()).toBe('Hello')
  } finally {
    await chromium.close()
  }
})

test.skipIf(!mayMakeNamespaces())('two hosts reach each other until the link is cut', async () => {
  await using hosts = await twoHosts()
  const [program, ...args] = hosts.b.inside([process.execPath, '-e', serve])
  await using server = startChild({ command: [program, ...args] })
  await server.waitForLog(/listening/)
  const url = `http://${hosts.b.address}:8000/`
  expect(await hosts.a.request({ url })).toMatchObject({ status: 200, body: 'from b' })
  await hosts.cut()
  expect(await hosts.a.request({ url })).toHaveProperty('error')
  await hosts.mend()
  expect(await waitFor(async () => (await hosts.a.request({ url })).status)).toBe(200)
})

const serve = `require('node:http').createServer((q, r) => r.end('from b')).listen(8000, '192.0.2.2', () => console.log('listening'))`
