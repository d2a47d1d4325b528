import { expect, test } from 'vitest'
import * as roleStore from '../../src/access/role-store.js'
import * as userStore from '../../src/users/user-store.js'
import { FakeAuthenticator, refusedWith } from './fake-authenticator.js'
import { startIdentityApp } from './identity-app.js'

test('a right password creates the user with its default role, and leads to the spawn page', async () => {
  await using app = await startIdentityApp()
  const loggedIn: boolean[] = []
  app.events.on('loggedIn', ({ succeeded }) => loggedIn.push(succeeded))
  const browser = app.browser()
  const page = await browser.login('Ada', 'right', { follow: false })
  expect([page.status, page.location]).toEqual([302, '/hub/spawn'])
  const user = await userStore.findByName(app.database.read, 'ada')
  expect(user).toMatchObject({ name: 'ada', admin: false })
  const roles = (await roleStore.rolesOf(app.database.read, 'users', [user?.id ?? 0])).get(user?.id ?? 0)
  expect(roles?.map((role) => role.name)).toEqual(['user'])
  expect(app.authenticator.welcomed).toEqual(['ada'])
  expect(loggedIn).toEqual([true])
  expect(app.log).toContainEqual(expect.objectContaining({ level: 'info', event: 'User logged in: ada' }))
  expect((await browser.get('/hub/home')).text).toContain('GET ada')
})

test('login sets session id, login cookie and a token that names the user, each with its path and flags', async () => {
  await using app = await startIdentityApp()
  const browser = app.browser()
  const page = await browser.login('ada', 'right', { follow: false })
  const cookies = [page.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.replace(/=[^;]*/, '=…'))
  expect(cookies).toEqual([
    'jupyterhub-session-id=…; Path=/; HttpOnly',
    expect.stringMatching(/^jupyterhub-hub-login=…; Path=\/hub\/; Expires=[^;]+; HttpOnly$/),
    '_xsrf=…; Path=/hub/',
  ])
  expect(browser.cookies.get('jupyterhub-session-id')).toMatch(/^[0-9a-f]{32}$/)
})

test('behind https the cookies are Secure', async () => {
  await using app = await startIdentityApp({ headers: { 'x-forwarded-proto': 'https' } })
  const page = await app.browser().login('ada', 'right', { follow: false })
  const cookies = [page.headers['set-cookie'] ?? []].flat()
  expect(cookies.filter((cookie) => cookie.includes('; Secure')).map((cookie) => cookie.split('=')[0])).toEqual([
    'jupyterhub-session-id',
    'jupyterhub-hub-login',
  ])
})

test('the name loses white space around it, the password keeps it, other fields come along, the token does not', async () => {
  await using app = await startIdentityApp()
  app.authenticator.answer = () => null
  const browser = app.browser()
  const page = await browser.get('/hub/login')
  await browser.submit(page, page.formWith('password'), {
    username: ' ada\t',
    password: ' pa ss ',
    otp: ' 1',
    extra: 'x ',
  })
  expect({ ...app.authenticator.asked[0]?.form }).toEqual({
    username: 'ada',
    password: ' pa ss ',
    otp: ' 1',
    extra: 'x ',
  })
})

test('a wrong password shows the form again with the name, and is logged and counted', async () => {
  await using app = await startIdentityApp()
  const outcomes: boolean[] = []
  app.events.on('loggedIn', ({ succeeded }) => outcomes.push(succeeded))
  const page = await app.browser().login('ada', 'wrong')
  expect(page.status).toBe(403)
  expect(page.text).toContain('Invalid username or password')
  expect(page.formWith('password').fields).toContainEqual(['username', 'ada'])
  expect(app.log).toContainEqual({ level: 'warn', event: "Failed login for 'ada'", fields: undefined })
  expect(outcomes).toEqual([false])
  expect(await userStore.countAll(app.database.read)).toBe(0)
})

test('a name that may be a password typed in the wrong field is cut, and cannot forge a log line', async () => {
  await using app = await startIdentityApp()
  const long = `${'x'.repeat(30)}secret`
  const page = await app.browser().login(long, 'wrong')
  expect(page.text).not.toContain(long)
  await app.browser().login('eve\nUser logged in: ada', 'wrong')
  const warnings = app.log.filter((line) => line.level === 'warn').map((line) => line.event)
  expect(warnings).toEqual([
    "Failed login for 'xxxxxxxxxxxxxxxx... (36 characters)'",
    "Failed login for 'eve?User logged in: ada'",
  ])
})

test('a form without a name is a failed login, not an error', async () => {
  await using app = await startIdentityApp()
  const browser = app.browser()
  const form = (await browser.get('/hub/login')).formWith('password')
  const xsrf = form.fields.find(([name]) => name === '_xsrf')?.[1] ?? ''
  expect((await browser.post('/hub/login', { _xsrf: xsrf })).status).toBe(403)
})

test.each(['multipart/form-data', 'multipart/form-data; boundary=x'])(
  'a malformed form is answered 400 or 403 (%s)',
  async (type) => {
    await using app = await startIdentityApp()
    const page = await app
      .browser()
      .visit('/hub/login', { method: 'POST', headers: { 'content-type': type }, body: '--x\r\nnonsense' })
    expect([400, 403]).toContain(page.status)
    expect(app.log.filter((line) => line.level === 'error')).toEqual([])
  },
)

test('what the authenticator wants a person to read stands in the form, with its status', async () => {
  await using app = await startIdentityApp()
  app.authenticator.answer = refusedWith('Your account is closed <b>.', 418)
  const page = await app.browser().login('ada', 'right')
  expect(page.status).toBe(418)
  expect(page.text).toContain('Your account is closed &lt;b&gt;.')
  expect(app.log).toContainEqual(expect.objectContaining({ event: "Failed login for 'ada'" }))
})

test('an authenticator that breaks gives a bare 500; nothing of the error is told', async () => {
  await using app = await startIdentityApp()
  app.authenticator.answer = () => {
    throw new Error('ldap://secret-host is down')
  }
  const page = await app.browser().login('ada', 'right')
  expect(page.status).toBe(500)
  expect(page.text).not.toContain('secret-host')
  expect(app.log.filter((line) => line.level === 'error')).toHaveLength(1)
})

test('who is blocked, not allowed or has an impossible name learns no more than who has a wrong password', async () => {
  const authenticator = new FakeAuthenticator({
    allow_all: false,
    allowed_users: ['ada', 'bob'],
    blocked_users: ['bob'],
  })
  await using app = await startIdentityApp({ authenticator })
  for (const name of ['bob', 'eve', 'a/b']) {
    const page = await app.browser().login(name, 'right')
    expect([page.status, page.text.includes('Invalid username or password')]).toEqual([403, true])
  }
  expect((await app.browser().login('ada', 'right', { follow: false })).status).toBe(302)
})

test('an authenticator that cannot take a new user leaves none behind; the person learns no details', async () => {
  await using app = await startIdentityApp()
  app.authenticator.welcomeError = new Error('useradd failed with code 9')
  const page = await app.browser().login('ada', 'right')
  expect(page.status).toBe(403)
  expect(page.text).toContain('Your account could not be set up')
  expect(page.text).not.toContain('useradd')
  expect(app.log).toContainEqual(
    expect.objectContaining({ level: 'error', fields: expect.objectContaining({ user: 'ada' }) }),
  )
  expect(await userStore.countAll(app.database.read)).toBe(0)
})

test('two first logins at the same time make one user', async () => {
  await using app = await startIdentityApp()
  const pages = await Promise.all(
    Array.from({ length: 5 }, () => app.browser().login('ada', 'right', { follow: false })),
  )
  expect(pages.map((page) => page.status)).toEqual([302, 302, 302, 302, 302])
  expect(await userStore.countAll(app.database.read)).toBe(1)
})

test('the page pre-fills the name, and carries next in the action of its form', async () => {
  await using app = await startIdentityApp()
  const page = await app.browser().get('/hub/login?username=ad%22a&next=%2Fhub%2Fhome%3Fa%3D1%26b%3D2')
  const form = page.formWith('password')
  expect(form.fields).toContainEqual(['username', 'ad"a'])
  expect(form.action).toBe('/hub/login?next=%2Fhub%2Fhome%3Fa%3D1%26b%3D2')
  expect((await app.browser().get('/hub/login')).formWith('password').action).toBe('/hub/login?next=')
})

test('somebody who is logged in already goes on to next', async () => {
  await using app = await startIdentityApp()
  const browser = await app.loggedIn('ada')
  expect((await browser.get('/hub/login?next=/hub/home', { follow: false })).location).toBe('/hub/home')
})

test('a page asked for without a login is come back to afterwards; a form is refused', async () => {
  await using app = await startIdentityApp()
  const browser = app.browser()
  const page = await browser.get('/hub/home?a=1', { follow: false })
  expect([page.status, page.location]).toEqual([302, '/hub/login?next=%2Fhub%2Fhome%3Fa%3D1'])
  const form = await browser.get('/hub/home?a=1')
  const home = await browser.submit(form, form.formWith('password'), { username: 'ada', password: 'right' })
  expect([home.path, home.status]).toEqual(['/hub/home?a=1', 200])
  expect((await app.browser().post('/hub/home', {})).status).toBe(403)
})

test('a token in the header does not open a page', async () => {
  await using app = await startIdentityApp()
  const user = await app.user('ada')
  const token = await app.token({ userId: user.id })
  for (const path of ['/hub/home', `/hub/home?token=${token}`]) {
    const page = await app.fetch(path, { headers: { authorization: `token ${token}` } })
    expect(page.status).toBe(302)
  }
})

test("an authenticator's own HTML takes the place of the form and is a template", async () => {
  const authenticator = new FakeAuthenticator()
  authenticator.customPage =
    '<form method="post" action="{{ authenticator_login_url }}"><input name="_xsrf" value="{{ xsrf }}">{{ login_error }}</form>'
  await using app = await startIdentityApp({ authenticator })
  const browser = app.browser()
  const page = await browser.get('/hub/login?next=/hub/home')
  const form = page.formWith('_xsrf')
  expect(form.action).toBe('/hub/login?next=%2Fhub%2Fhome')
  expect((await browser.submit(page, form, { username: 'ada', password: 'wrong' })).text).toContain(
    'Invalid username or password',
  )
  expect((await browser.submit(page, form, { username: 'ada', password: 'right' })).path).toBe('/hub/home')
})

test('an authenticator without a login page answers 403 there', async () => {
  const authenticator = new FakeAuthenticator({ auto_login: true })
  authenticator.hasLoginPage = false
  await using app = await startIdentityApp({ authenticator })
  expect((await app.browser().get('/hub/login')).status).toBe(403)
  expect((await app.browser().post('/hub/login', { username: 'ada', password: 'right' })).status).toBe(403)
  expect(authenticator.asked).toEqual([])
})

test('auto_login leads to the login page of the authenticator, with next only if there is one', async () => {
  const authenticator = new FakeAuthenticator({ auto_login: true })
  authenticator.ownLoginUrl = '/hub/oauth_login'
  await using app = await startIdentityApp({ authenticator })
  const locationOf = async (path: string) => (await app.browser().get(path, { follow: false })).location
  expect(await locationOf('/hub/login')).toBe('/hub/oauth_login')
  expect(await locationOf('/hub/login?next=/hub/home')).toBe('/hub/oauth_login?next=%2Fhub%2Fhome')
  expect(await locationOf('/hub/login?next=https://evil.example.com')).toBe('/hub/oauth_login')
})

test('auto_login without such a page judges the bare request, e.g. by a header of the proxy in front', async () => {
  const authenticator = new FakeAuthenticator({ auto_login: true })
  authenticator.answer = ({ form, headers }) => (form === undefined ? ([headers['x-user']].flat()[0] ?? null) : null)
  await using app = await startIdentityApp({ authenticator })
  const known = await app.browser().get('/hub/login?next=/hub/home', { follow: false, headers: { 'x-user': 'ada' } })
  expect([known.status, known.location]).toEqual([302, '/hub/home'])
  expect((await app.browser().get('/hub/login')).status).toBe(403)
})

test('too many wrong passwords: the form says how long to wait, and the authenticator is not asked any more', async () => {
  await using app = await startIdentityApp()
  const browser = app.browser()
  for (let count = 0; count < 3; count++) expect((await browser.login('ada', 'wrong')).status).toBe(403)
  const page = await browser.login('ada', 'right')
  expect([page.status, page.headers['retry-after']]).toEqual([429, '20'])
  expect(page.text).toContain('Too many failed logins. Try again in 20 seconds.')
  expect(app.authenticator.asked).toHaveLength(3)
  expect(app.log).toContainEqual(expect.objectContaining({ event: 'too many failed logins' }))
  app.now.ms += 20_000
  expect((await browser.login('ada', 'right', { follow: false })).status).toBe(302)
})
