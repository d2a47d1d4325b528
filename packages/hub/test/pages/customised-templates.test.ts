import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogFields } from '@hub/api'
import { silentLog } from '@hub/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PageRenderer, type PageSettings } from '../../src/pages/index.js'
import { everyPage, nobody, renderer, seenBy, urls, user } from './sample-pages.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hub-custom-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text)
const customised = (templateVars: PageSettings['templateVars'] = {}): PageRenderer =>
  renderer({ templatePaths: [directory], templateVars })

const blocks: Readonly<Record<string, readonly string[]>> = {
  'page.html':
    'title stylesheet favicon scripts meta nav_bar logo nav_bar_left_items service nav_bar_right_items theme_toggle login_widget header announcement main footer script'.split(
      ' ',
    ),
  'login.html':
    'login login_container username_input username_input_attrs password_input password_input_attrs otp_input otp_input_attrs login_terms login_terms_text'.split(
      ' ',
    ),
  'spawn.html': ['heading'],
  'spawn_pending.html': ['message'],
  'stop_pending.html': ['message'],
  'not_running.html': ['heading', 'message', 'start_button'],
  'token.html': ['expiration_options', 'token_row', 'client_row'],
  'error.html': ['h1_error', 'error_detail'],
}

const sampleOf: Readonly<Record<string, string>> = {
  'page.html': 'home',
  'login.html': 'login',
  'spawn.html': 'spawn',
  'spawn_pending.html': 'spawn-pending',
  'stop_pending.html': 'stop-pending',
  'not_running.html': 'not-running',
  'token.html': 'token',
  'error.html': 'error',
}

/** Every stock template that is a page, with the sample that shows it. */
const templates: Readonly<Record<string, string>> = {
  'home.html': 'home',
  'login.html': 'login',
  'logout.html': 'logout',
  'spawn.html': 'spawn',
  'spawn_pending.html': 'spawn-pending',
  'stop_pending.html': 'stop-pending',
  'not_running.html': 'not-running',
  'token.html': 'token',
  'admin.html': 'admin',
  'oauth.html': 'oauth',
  'accept-share.html': 'accept-share',
  'error.html': 'error',
  '404.html': '404',
}

const seen = (name: string): boolean =>
  !['service', 'otp_input', 'otp_input_attrs', 'login_terms', 'login_terms_text'].includes(name)

test.each(Object.entries(blocks))(
  '%s: each block can be replaced, and extended with super()',
  async (template, names) => {
    for (const change of ['replaced', 'extended']) {
      for (const name of names) {
        const body = change === 'replaced' ? `[own ${name}]` : `{{ super() }}[own ${name}]`
        await write(template, `{% extends "templates/${template}" %}{% block ${name} %}${body}{% endblock ${name} %}`)
        const html = (await everyPage[sampleOf[template] ?? '']?.(customised(), user())) ?? ''
        if (seen(name) && !(template === 'page.html' && name === 'main')) expect(html).toContain(`[own ${name}]`)
      }
    }
  },
)

test('a custom page.html is what all other pages extend', async () => {
  await write(
    'page.html',
    '{% extends "templates/page.html" %}{% block footer %}<footer>Example University</footer>{% endblock %}',
  )
  const pages = customised()
  for (const [name, page] of Object.entries(everyPage)) {
    expect(await page(pages, user()), name).toContain('<footer>Example University</footer>')
  }
})

test.each(Object.keys(templates))('%s can be extended as upstream’s documentation has it', async (template) => {
  // What such templates are made of: the stock block around their own, a variable of template_vars, a macro, a test on the visitor.
  await write(
    template,
    `{% extends "templates/${template}" %}
     {% from "macros.html" import box %}
     {% set announcement = 'Closed on Friday' %}
     {% block title %}{{ campus }} - {{ super() }}{% endblock %}
     {% block stylesheet %}{{ super() }}<link rel="stylesheet" href="{{ static_url('css/campus.css') }}">{% endblock stylesheet %}
     {% block logo %}<a href="{{ prefix }}"><img src="{{ static_url('images/campus.png', include_version=false) }}" alt="{{ campus }}"></a>{% endblock %}
     {%- block main -%}
     {{ box('Rules of ' ~ campus) }}
     {{ super() }}
     {%- if user is not none and user.name == 'ada' %}<p id="own">{{ user.name | upper }}</p>{% endif -%}
     {%- endblock main %}
     {% block footer %}{{ super() }}<footer>{{ years | join(', ') }}</footer>{% endblock %}`,
  )
  await write(
    'macros.html',
    '{% macro box(text, kind="info") %}<div class="box-{{ kind }}">{{ text }}</div>{% endmacro %}',
  )
  const pages = customised({ campus: 'North & South', years: [2025, 2026] })
  const html = (await everyPage[templates[template] ?? '']?.(pages, user())) ?? ''
  expect(html).toContain('<div class="box-info">Rules of North &amp; South</div>')
  expect(html).toMatch(/<title>North &amp; South - [^<]/)
  expect(html).toContain('href="/base/hub/static/css/campus.css')
  expect(html).toContain('src="/base/hub/static/images/campus.png"')
  expect(html).toContain('<footer>2025, 2026</footer>')
  expect(html.match(/<main id="main"/g)).toHaveLength(1)
  if (html.includes('user-name">ada<')) expect(html).toContain('<p id="own">ADA</p>')
})

test("a page as administrators write them works: jumps, macros, Python's methods, services, user data", async () => {
  await write(
    'home.html',
    `{% extends "templates/home.html" %}
     {% block main %}
     {{ super() }}
     {%- set named = user.all_spawners(include_default=False) | list %}
     {% for spawner in named if spawner.ready -%}
       <li data-name="{{ spawner.name }}">{{ user.server_url(spawner.name) }} {{ spawner.last_activity.isoformat() + 'Z' if spawner.last_activity else 'Never' }}</li>
     {%- endfor %}
     {% if 'admin-ui' not in parsed_scopes and not user.groups %}<p>{{ user.name.title() }} of "{{ org | default('nowhere') }}"</p>{% endif %}
     {% call modal('Delete User', btn_class='btn-danger') %}sure?{% endcall %}
     <script src="{{ static_url('js/own.js', include_version=False) }}"></script>
     {% endblock %}`,
  )
  const html = (await everyPage['home']?.(customised({ org: 'Example <b>' }), user())) ?? ''
  expect(html).toMatch(/<li data-name="lab">\/base\/user\/ada\/lab\/ \d{4}-\d\d-\d\dT[\d:.]+Z<\/li>/)
  expect(html).toContain('<script src="/base/hub/static/js/own.js"></script>')
  expect(html).toContain('<p>Ada of "Example &lt;b&gt;"</p>')
  expect(html).toMatch(/<dialog class="modal" id="delete-user-dialog"[^]*sure\?[^]*btn btn-danger/)
})

test('template_vars may be functions of the visitor, and may take their time', async () => {
  await write('logout.html', '{{ greeting }}|{{ slow }}|{{ fixed }}|{{ logo_url }}')
  const pages = customised({
    greeting: (visitor: { name: string } | null) => (visitor === null ? 'hello stranger' : `hello ${visitor.name}`),
    slow: () => Promise.resolve('later'),
    fixed: 3,
    logo_url: 'https://example.org/',
  })
  expect(await pages.render('logout.html', seenBy(user()))).toBe('hello ada|later|3|https://example.org/')
  expect(await pages.render('logout.html', nobody)).toBe('hello stranger|later|3|https://example.org/')
})

test("logo_url is where the logo leads; a page's own variables win over template_vars", async () => {
  const pages = renderer({ templateVars: { logo_url: 'https://example.org/', url: 'wrong' } })
  const html = (await everyPage['home']?.(pages, user())) ?? ''
  expect(html).toContain('<a href="https://example.org/"><img src="/base/hub/logo"')
  expect(html).not.toContain('wrong')
})

test.each(['login', 'spawn', 'home', 'logout'])(
  'announcement_%s replaces the general announcement on its page alone',
  async (name) => {
    const pages = renderer({
      templateVars: { announcement: '<b>general</b>', [`announcement_${name}`]: '<i>special</i>' },
    })
    for (const [other, page] of Object.entries(everyPage)) {
      const html = await page(pages, user())
      expect(html.includes('<i>special</i>'), other).toBe(other === name)
      expect(html.includes('<b>general</b>'), other).toBe(other !== name)
    }
  },
)

test('an error shows its own NNN.html if there is one, else error.html', async () => {
  await write('503.html', '{% extends "error.html" %}{% block error_detail %}own {{ status_code }}{% endblock %}')
  const pages = customised()
  const error = { status: 503, statusMessage: 'Service Unavailable', message: 'm', extraErrorHtml: '<i>more</i>' }
  expect(await pages.renderError(error, nobody)).toContain('own 503')
  const other = await pages.renderError({ ...error, status: 502, statusMessage: 'Bad Gateway' }, nobody)
  expect(other).toContain('<h1>502 : Bad Gateway</h1>')
  expect(other).toContain('<i>more</i>')
})

test("an error's text is escaped, a plug-in's HTML is not and comes instead", async () => {
  const error = { status: 418, statusMessage: "I'm a Teapot", message: "I'm a <teapot>" }
  const text = await renderer().renderError(error, seenBy(user()))
  expect(text).toContain('I&#39;m a &lt;teapot&gt;')
  const html = await renderer().renderError({ ...error, messageHtml: '<b>pot</b>' }, seenBy(user()))
  expect(html).toContain('<b>pot</b>')
  expect(html).not.toContain('&lt;teapot&gt;')
})

test('a broken error page gives way to the stock one, a broken page.html to a bare one, and both are logged', async () => {
  const logged: (LogFields | undefined)[] = []
  const log = { ...silentLog, error: (_event: string, fields?: LogFields) => void logged.push(fields) }
  const settings = { urls, loginUrl: '', logoutUrl: '', loginService: '', templateVars: {}, versionHash: '' }
  const pages = new PageRenderer({ ...settings, templatePaths: [directory] }, { log, recheckAfterMs: 0 })
  const error = { status: 500, statusMessage: 'Internal Server Error', message: '<oops>' }

  await write('error.html', '{% if %}')
  const stock = await pages.renderError(error, seenBy(user()))
  expect(stock).toContain('<h1>500 : Internal Server Error</h1>')
  expect(stock).not.toContain('ada')
  expect(logged).toHaveLength(1)

  await write('page.html', '{{ nothing() }}')
  const bare = await pages.renderError(error, seenBy(user()))
  expect(bare).toContain('<h1>500 : Internal Server Error</h1><p>&lt;oops&gt;</p>')
  expect(logged).toHaveLength(3)
})
