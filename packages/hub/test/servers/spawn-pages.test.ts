import { CodedError } from '@hub/api'
import { SpawnError, type Spawner, type UploadedFile } from '@hub/spawner'
import type { Browser, Page } from '@hub/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gate, type HubWithFakes, startHubWithFakes } from './hub-with-fakes.js'

class Teapot extends CodedError {
  constructor(text: string) {
    super('teapot', 418, text)
  }
}

/** The form of users whose name begins so; all others have none. */
const withForm = (spawner: Spawner): string =>
  spawner.user.name.startsWith('form') ? '<label>Memory <input name="memory" value="1G"></label>' : ''

let hub: HubWithFakes
beforeAll(async () => {
  hub = await startHubWithFakes({
    config: {
      JupyterHub: { allow_named_servers: true, named_server_limit_per_user: 2 },
      Authenticator: { admin_users: ['grace'], allow_all: true },
      Spawner: {
        options_form: withForm,
        options_from_form: (form: Record<string, (string | UploadedFile)[]>) => {
          if (form['memory']?.[0] === 'too much') throw new Teapot('Not <that> much')
          const file = form['notes_file']?.[0]
          return {
            ...Object.fromEntries(Object.entries(form).filter(([name]) => !name.endsWith('_file'))),
            ...(typeof file === 'object' ? { notes: `${file.filename}: ${file.body.toString()}` } : {}),
          }
        },
      },
    },
  })
})
afterAll(() => hub[Symbol.asyncDispose]())

async function loggedIn(name: string): Promise<Browser> {
  const browser = hub.browser()
  await browser.login(name, 'x', { next: '/hub/home' })
  return browser
}

const once = (browser: Browser, path: string): Promise<Page> => browser.get(path, { follow: false })

describe('without a form', () => {
  test('a visit starts the server and leads to the progress page, then to the server, with the parameters', async () => {
    const { opened, open } = gate()
    hub.behave('ada', { beforeStart: () => opened })
    const ada = await loggedIn('ada')
    const page = await once(ada, '/hub/spawn?next=%2Fuser%2Fada%2Flab%3Fx%3D1')
    expect(page).toMatchObject({ status: 302, location: '/hub/spawn-pending/ada?next=%2Fuser%2Fada%2Flab%3Fx%3D1' })
    const progress = await once(ada, page.location ?? '')
    expect(progress.status).toBe(200)
    expect(progress.text).toContain('Your server is starting up.')
    expect(await once(ada, '/hub/spawn')).toMatchObject({ status: 302, location: '/hub/spawn-pending/ada' })
    open()
    await hub.settled('ada')
    expect(await once(ada, page.location ?? '')).toMatchObject({ status: 302, location: '/user/ada/lab?x=1' })
    expect(await once(ada, '/hub/spawn')).toMatchObject({ status: 302, location: '/user/ada/' })
    expect(hub.world.started.filter((name) => name === 'ada/')).toHaveLength(1)
  })

  test('parameters are options: those with opt- alone if there are any', async () => {
    const bob = await loggedIn('bob')
    await once(bob, '/hub/spawn?opt-cpu=2&opt-cpu=3&opt-a=&other=1&next=/hub/home')
    await hub.settled('bob')
    expect((await hub.server('bob')).user_options).toEqual({ cpu: ['2', '3'], a: [''] })
    await hub.end('bob')
    await hub.settled('bob')
    await once(bob, '/hub/spawn?memory=4G')
    await hub.settled('bob')
    expect((await hub.server('bob')).user_options).toEqual({ memory: ['4G'] })
    await hub.end('bob')
    await hub.settled('bob')
    expect((await once(bob, '/hub/spawn?opt-=1')).status).toBe(422)
  })

  test('a failure at once is a page with its status; what may not be told is not', async () => {
    hub.behave('cyd', {
      beforeStart: () => {
        throw new SpawnError({ reason: 'x', message: 'plain', messageHtml: '<em>rich</em>', statusCode: 409 })
      },
    })
    const cyd = await loggedIn('cyd')
    const told = await once(cyd, '/hub/spawn')
    expect(told.status).toBe(409)
    expect(told.text).toContain('<em>rich</em>')
    hub.behave('cyd', {
      beforeStart: () => {
        throw new Error('the secret is xyzzy')
      },
    })
    const untold = await once(cyd, '/hub/spawn')
    expect(untold.status).toBe(500)
    expect(untold.text).toContain('Unhandled error starting server cyd')
    expect(untold.text).toContain('You can try restarting your server from the home page.')
    expect(untold.text).not.toContain('xyzzy')
    const pending = await once(cyd, '/hub/spawn-pending/cyd')
    expect(pending.status).toBe(500)
    expect(pending.text).toContain('href="/hub/spawn/cyd"')
    hub.behave('cyd', {})
    expect((await once(cyd, '/hub/spawn')).status).toBe(302)
    expect(await hub.settled('cyd')).toMatchObject({ ready: true })
  })

  test('a script of another page starts nothing', async () => {
    const dee = await loggedIn('dee')
    const page = await dee.get('/hub/spawn', {
      follow: false,
      headers: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' },
    })
    expect(page.status).toBe(403)
    expect(hub.world.started).not.toContain('dee/')
  })

  test('a visit while the server stops shows that it does', async () => {
    const { opened, open } = gate()
    hub.behave('eve', { beforeStop: () => opened })
    const eve = await loggedIn('eve')
    await once(eve, '/hub/spawn')
    await hub.settled('eve')
    await hub.end('eve')
    const page = await eve.get('/hub/spawn')
    expect(page.path).toMatch(/^\/hub\/spawn-pending\/eve/)
    expect(page.status).toBe(200)
    expect(page.text).toContain('stopping')
    open()
    await hub.settled('eve')
    const gone = await once(eve, '/hub/spawn-pending/eve')
    expect(gone.status).toBe(200)
    expect(gone.text).toContain('href="/hub/spawn/eve"')
  })
})

describe('with a form', () => {
  test('it is shown, sent with fields and files, and its choices are kept', async () => {
    const fay = await loggedIn('form-fay')
    const page = await once(fay, '/hub/spawn?next=%2Fuser%2Fform-fay%2Flab')
    expect(page.status).toBe(200)
    expect(page.text).toContain('Server Options')
    expect(hub.world.started).not.toContain('form-fay/')
    const form = page.formWith('memory')
    expect(form.action).toContain('_xsrf=')
    const boundary = 'xxBOUNDARYxx'
    const field = (name: string, value: string, more = '') =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
    const sent = await fay.visit(form.action, {
      method: 'POST',
      follow: false,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: `${field('memory', '2G')}${field('memory', 'ü')}${field('notes', 'hello', '; filename="n.txt"')}--${boundary}--\r\n`,
    })
    expect(sent).toMatchObject({ status: 302 })
    expect(sent.location).toBe('/hub/spawn-pending/form-fay?next=%2Fuser%2Fform-fay%2Flab')
    await hub.settled('form-fay')
    expect((await hub.server('form-fay')).user_options).toEqual({ memory: ['2G', 'ü'], notes: 'n.txt: hello' })
    expect((await fay.visit(form.action, { method: 'POST', follow: false, body: '' })).status).toBe(400)
  })

  test('a mistake shows it again, with what is wrong and its status', async () => {
    const gil = await loggedIn('form-gil')
    const page = await once(gil, '/hub/spawn')
    const sent = await gil.submit(page, page.formWith('memory'), { memory: 'too much' }, { follow: false })
    expect(sent.status).toBe(418)
    expect(sent.text).toContain('Not &lt;that&gt; much')
    expect(sent.formWith('memory').fields).toContainEqual(['memory', '1G'])
    const fresh = await once(gil, '/hub/spawn')
    expect(fresh.status).toBe(200)
    expect(fresh.text).not.toContain('Not &lt;that&gt;')
    const byQuery = await once(gil, '/hub/spawn?memory=too+much')
    expect(byQuery.status).toBe(418)
    expect(byQuery.formWith('memory')).toBeDefined()
  })

  test('it is refused without the XSRF token', async () => {
    const hal = await loggedIn('form-hal')
    await once(hal, '/hub/spawn')
    expect((await hal.post('/hub/spawn', { memory: '1G' }, { follow: false })).status).toBe(403)
    expect(hub.world.started).not.toContain('form-hal/')
  })

  test('options in the address do without it', async () => {
    const ida = await loggedIn('form-ida')
    expect((await once(ida, '/hub/spawn?opt-memory=8G')).status).toBe(302)
    await hub.settled('form-ida')
    expect((await hub.server('form-ida')).user_options).toEqual({ memory: ['8G'] })
  })
})

describe('of somebody else', () => {
  test('is not there for others, existing or not', async () => {
    const jan = await loggedIn('jan')
    await hub.user('kim')
    for (const path of ['spawn/kim', 'spawn/nobody', 'spawn-pending/kim', 'spawn-pending/nobody', 'user/kim/']) {
      expect((await once(jan, `/hub/${path}`)).status, path).toBe(404)
    }
    expect(hub.world.started).not.toContain('kim/')
  })

  test('is started by an admin, who sees for whom', async () => {
    await hub.user('form-lea')
    const grace = await loggedIn('grace')
    const page = await once(grace, '/hub/spawn/form-lea')
    expect(page.status).toBe(200)
    expect(page.text).toContain('Spawning server for form-lea')
    const sent = await grace.submit(page, page.formWith('memory'), {}, { follow: false })
    expect(sent.location).toMatch(/^\/hub\/spawn-pending\/form-lea/)
    expect(await hub.settled('form-lea')).toMatchObject({ ready: true })
  })
})

describe('of a named server', () => {
  test('makes it on the way, under the name it is given for people', async () => {
    const max = await loggedIn('max')
    const page = await once(max, '/hub/spawn/max/work?display_name=My%20work')
    expect(page.location).toMatch(/^\/hub\/spawn-pending\/max\/work/)
    await hub.settled('max', 'work')
    expect(await hub.server('max', 'work')).toMatchObject({ ready: true, display_name: 'My work', user_options: {} })
    expect(await once(max, '/hub/spawn/max/work')).toMatchObject({ location: '/user/max/work/' })
  })

  test('refuses a name that cannot be, and one too many', async () => {
    const ned = await loggedIn('ned')
    expect((await once(ned, '/hub/spawn/ned/Not-a-name')).status).toBe(400)
    for (const name of ['a', 'b']) expect((await once(ned, `/hub/spawn/ned/${name}`)).status).toBe(302)
    expect((await once(ned, '/hub/spawn/ned/c')).status).toBe(400)
    expect((await once(ned, '/hub/spawn-pending/ned/c')).status).toBe(404)
  })
})

describe('the address of a server', () => {
  test('that does not run: a page for people, JSON for programs, and nothing at all for others', async () => {
    const oda = await loggedIn('oda')
    const page = await oda.get('/user/oda/lab/tree/a%20b?x=1')
    expect(page).toMatchObject({ status: 424, path: '/hub/user/oda/lab/tree/a%20b?x=1' })
    expect(page.text).toContain('/hub/spawn/oda?next=%2Fhub%2Fuser%2Foda%2Flab%2Ftree%2Fa%2520b%3Fx%3D1')
    for (const options of [
      { path: '/user/oda/api/kernels', headers: {} },
      { path: '/user/oda/lab', headers: { accept: 'application/json, text/html;q=0.5' } },
    ]) {
      const answer = await oda.get(options.path, { headers: options.headers })
      expect(answer.status).toBe(424)
      expect(answer.json<{ message: string }>().message).toBe(
        `JupyterHub server no longer running at ${options.path}. Restart the server at ${hub.origin}/hub/spawn/oda`,
      )
    }
    const put = async (headers: Record<string, string>) =>
      (await oda.visit('/hub/user/oda/files/x', { method: 'PUT', follow: false, headers })).status
    expect(await put({ 'x-xsrftoken': oda.cookies.get('_xsrf', '/hub/user/oda/files/x') ?? '' })).toBe(424)
    expect(await put({})).toBe(403)
  })

  test.each(['/user/ola', '/user/ola/', '/hub/user/ola/'])('that is %s alone is its start page', async (path) => {
    const ola = await loggedIn('ola')
    const page = await ola.get(path)
    expect(page).toMatchObject({ status: 424, path: '/hub/user/ola/' })
    expect(page.text).toContain('/hub/spawn/ola?next=%2Fhub%2Fuser%2Fola%2F')
    expect((await ola.get('/hub/user/olga/')).status).toBe(404)
    expect(await once(hub.browser(), path.replace(/^\/user/, '/hub/user'))).toMatchObject({ status: 302 })
  })

  test.each([
    ['', ''],
    ['/', ''],
    ['/lab/tree/a%20b?x=1', 'lab/tree/a%20b?x=1'],
  ])('of whoever follows it: user-redirect%s', async (path, rest) => {
    const ulf = await loggedIn('ulf')
    const page = await once(ulf, `/hub/user-redirect${path}`)
    expect(page.status).toBe(302)
    expect(page.location).toBe(`/hub/spawn/ulf?next=${encodeURIComponent(`/user/ulf/${rest}`)}`)
    expect((await once(hub.browser(), `/hub/user-redirect${path}`)).location).toMatch(/^\/hub\/login\?next=/)
  })

  test('of a server that is ready, without a route: back to it, and an end to that', async () => {
    const pia = await loggedIn('pia')
    await once(pia, '/hub/spawn')
    await hub.settled('pia')
    expect(await once(pia, '/hub/user/pia/lab?a=b')).toMatchObject({
      status: 302,
      location: '/user/pia/lab?a=b&redirects=1',
    })
    const loop = await once(pia, '/hub/user/pia/lab?redirects=99')
    expect(loop.status).toBe(500)
    expect(loop.text).toContain('Redirect loop')
  })

  test('for somebody who is not logged in: the login page, and back', async () => {
    const nobody = hub.browser()
    const page = await once(nobody, '/hub/user/oda/lab?x=1')
    expect(page.status).toBe(302)
    expect(page.location).toBe('/hub/login?next=%2Fhub%2Fuser%2Foda%2Flab%3Fx%3D1')
  })
})
