import { expect, test } from 'vitest'
import { homeView, loginView, spawnFormView, tokenView } from '../../src/pages/index.js'
import { everyPage, nobody, renderer, seenBy, server, token, urls, user } from './sample-pages.js'

const pages = renderer()
const everyName = Object.keys(everyPage)
const show = (name: string, about = user(), named?: string): Promise<string> => {
  const page = everyPage[name]
  if (page === undefined) throw new Error(`no sample of ${name}`)
  return page(pages, about, named)
}

test.each(everyName)('%s: a whole page with title, language, one main heading and no unfilled place', async (name) => {
  const html = await show(name)
  expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">/)
  expect(html).toContain('<title>JupyterHub</title>')
  expect(html.match(/<h1\b/g)).toHaveLength(1)
  expect(html).not.toMatch(/\bundefined\b|\[object |\{\{|\{%|NaN/)
})

test.each(everyName)('%s: needs no inline script, style or handler, so a strict policy can be set', async (name) => {
  const html = await show(name)
  for (const [tag] of html.matchAll(/<script\b[^>]*>/g)) expect(tag).toMatch(/\bsrc=|type="application\/json"/)
  expect(html).not.toMatch(/<style\b|\sstyle=|\son\w+=|javascript:/i)
})

test.each(everyName)('%s: stays below the base URL', async (name) => {
  const html = await show(name)
  for (const [, url = ''] of html.matchAll(/(?:href|src|action)="([^"]*)"/g)) {
    expect(url).toMatch(/^(\/base\/|#|$)/)
  }
})

test.each(everyName)('%s: names of users and servers are escaped', async (name) => {
  const evil = `<script>alert('1')</script>"&`
  const html = await show(name, user({ name: evil }), evil)
  expect(html).not.toContain('<script>alert')
  expect(html).not.toContain(`'1')</script>"`)
  expect(html).not.toMatch(/="[^"<]*<script/)
})

const linksIn = (html: string): string[] =>
  [...(/<nav[^]*?<\/nav>/.exec(html)?.[0] ?? '').matchAll(/<a\b[^>]*href="([^"]*)"/g)].map(([, href = '']) => href)

test('the bar has one link for nobody on the login page: the logo', async () => {
  expect(linksIn(await show('login'))).toEqual(['/base/hub/'])
})

test.each(['home', 'token', 'spawn', 'not-running'])(
  'the bar of %s has four links for an ordinary user',
  async (name) => {
    expect(linksIn(await show(name))).toEqual(['/base/hub/', '/base/hub/home', '/base/hub/token', '/base/hub/logout'])
  },
)

test.each(['error', '404', 'oauth', 'accept-share'])('the bar of %s has no user name and no logout', async (name) => {
  expect(linksIn(await show(name))).toEqual(['/base/hub/', '/base/hub/home', '/base/hub/token'])
})

test('the bar offers the admin page to those who may use it, and services that were found for the visitor', async () => {
  const visitor = seenBy(user(), ['admin-ui'], [{ name: 'wiki', href: '/base/services/wiki/' }])
  expect(linksIn(await pages.render('logout.html', visitor, { has_admin_page: true }))).toEqual([
    '/base/hub/',
    '/base/hub/home',
    '/base/hub/token',
    '/base/hub/admin',
    '/base/services/wiki/',
    '/base/hub/logout',
  ])
})

test("a page about another user keeps the visitor's bar", async () => {
  const html = await show('spawn', user({ name: 'bob' }))
  expect(html).toContain('Spawning server for bob')
  expect(html).toContain('<span class="navbar-text user-name">visitor</span>')
  expect(JSON.parse(/id="jhdata">([^<]*)</.exec(html)?.[1] ?? '')).toMatchObject({
    user: 'visitor',
    base_url: '/base/hub/',
  })
})

test('scripts learn base URL, prefix, user, rights and the xsrf token', async () => {
  const html = await pages.render('logout.html', seenBy(user({ hasOptionsForm: true }), ['access:servers']))
  expect(JSON.parse(/id="jhdata">([^<]*)</.exec(html)?.[1] ?? '')).toEqual({
    base_url: '/base/hub/',
    prefix: '/base/',
    user: 'ada',
    admin_access: true,
    options_form: true,
    xsrf_token: 'xsrf-token',
  })
})

test('home: a stopped default server is started through the spawn page, a running one is opened or stopped', async () => {
  const facts = { allowNamedServers: false, namedServerLimit: 0, authState: null }
  const named = server({ name: 'lab', ready: true })
  const stopped = user({ servers: [named] })
  const idle = await pages.render('home.html', seenBy(stopped), homeView({ user: stopped, ...facts }, urls))
  expect(idle).toContain('href="/base/hub/spawn/ada">Start My Server</a>')
  expect(idle).not.toContain('id="stop"')
  const started = user({ servers: [server({ ready: true })] })
  const running = await pages.render('home.html', seenBy(started), homeView({ user: started, ...facts }, urls))
  expect(running).toMatch(/id="start"[^>]*href="\/base\/user\/ada\/">My Server</)
  expect(running).toMatch(
    /<form[^>]*method="post" action="\/base\/hub\/home">[^]*name="_xsrf" value="xsrf-token"[^]*id="stop"/,
  )
})

test('home: invalid names of old servers are listed, the limit is told', async () => {
  const owner = user({ servers: [server({ name: 'Old Name' }), server({ name: 'fine' })] })
  const view = homeView({ user: owner, allowNamedServers: true, namedServerLimit: 3, authState: null }, urls)
  const html = await pages.render('home.html', seenBy(owner), view)
  expect(html).toContain('<code>Old Name</code>')
  expect(html).not.toContain('<code>fine</code>')
  expect(html).toContain('up to 3')
  expect(html).toContain('href="/base/hub/spawn/ada/Old%20Name"')
})

const login = {
  next: '',
  username: '',
  error: '',
  loginUrl: '/base/hub/login',
  authenticator: { requestOtp: false, otpPrompt: 'OTP:' },
}

test('login: the form goes to the login URL with next, and asks for what the authenticator wants', async () => {
  const plain = await pages.render('login.html', nobody, loginView(login))
  expect(plain).toContain('action="/base/hub/login?next=" method="post"')
  expect(plain).toContain('name="_xsrf" value="xsrf-token"')
  expect(plain).not.toContain('otp_input')
  expect(plain).not.toContain('login_terms_checkbox')
  const full = await renderer({ templateVars: { login_term_url: '/terms' } }).render(
    'login.html',
    nobody,
    loginView({
      ...login,
      next: '/base/hub/spawn?a=b&c',
      username: 'x'.repeat(40),
      error: 'Invalid username or password',
      authenticator: { requestOtp: true, otpPrompt: 'Code:' },
    }),
  )
  expect(full).toContain('action="/base/hub/login?next=%2Fbase%2Fhub%2Fspawn%3Fa%3Db%26c"')
  expect(full).toContain('<label for="otp_input">Code:</label>')
  expect(full).toMatch(/class="login_error[^>]*>Invalid username or password</)
  expect(full).toContain(`value="${'x'.repeat(16)}... (40 characters)"`)
  expect(full).toContain('href="/terms"')
})

test('login: a service gets a button, custom HTML beats both', async () => {
  const service = renderer({ loginService: 'GitHub' })
  const html = await service.render(
    'login.html',
    nobody,
    loginView({ ...login, loginUrl: '/base/hub/oauth_login', next: '/x' }),
  )
  expect(html).toMatch(/href="\/base\/hub\/oauth_login\?next=%2Fx">Sign in with GitHub</)
  expect(html).not.toContain('password_input')
  const view = loginView(login)
  const customHtml = await service.renderText('<p class="own">{{ authenticator_login_url }}</p>', nobody, view)
  const custom = await service.render('login.html', nobody, { ...view, custom_html: customHtml })
  expect(custom).toContain('<p class="own">/base/hub/login?next=</p>')
  expect(custom).not.toContain('Sign in with GitHub')
})

test('spawn: the form is HTML of the administrator, an error is text unless a plug-in gives HTML', async () => {
  const facts = {
    forUser: user(),
    server: server(),
    optionsFormHtml: '<b>form</b>',
    requestUrl: '/base/hub/spawn?_xsrf=old&next=%2Fx',
    xsrfToken: 'a|b=',
    authState: null,
  }
  const text = await pages.render(
    'spawn.html',
    seenBy(user()),
    spawnFormView({ ...facts, errorMessage: '<i>no</i>' }, urls),
  )
  expect(text).toContain('<b>form</b>')
  expect(text).toContain('Error: &lt;i&gt;no&lt;/i&gt;')
  expect(text).toContain('action="/base/hub/spawn?next=%2Fx&amp;_xsrf=a%7Cb%3D"')
  expect(text).not.toContain('Spawning server for')
  const html = await pages.render(
    'spawn.html',
    seenBy(user()),
    spawnFormView({ ...facts, errorMessage: 'no', errorHtml: '<i>no</i>' }, urls),
  )
  expect(html).toContain('Error: <i>no</i>')
})

test('token: applications are listed apart from tokens, and neither table without rows', async () => {
  const none = await pages.render('token.html', seenBy(user()), tokenView({ tokens: [] }))
  expect(none).toContain('Request new API token')
  expect(none).not.toContain('API Tokens')
  expect(none).not.toContain('Authorized Applications')
  const both = await show('token')
  expect(both).toMatch(
    /API Tokens[^]*<td class="note-col">lab<\/td>[^]*Authorized Applications[^]*<td class="note-col">service lab<\/td>/,
  )
  expect(both).toContain('<td class="time-col" data-label="Last used">Never</td>')
  expect(both).toContain('<time datetime="2026-01-01T00:00:00Z">')
  const one = await pages.render('token.html', seenBy(user()), tokenView({ tokens: [token({ note: '<b>' })] }))
  expect(one).toContain('&lt;b&gt;')
})
