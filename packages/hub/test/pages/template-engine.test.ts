import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TemplateEngine } from '../../src/pages/jinja/template-engine.js'

let root: string
let now = 0

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hub-templates-'))
  for (const name of ['first', 'second', 'stock']) await mkdir(join(root, name))
  now = 0
})
afterEach(() => rm(root, { recursive: true, force: true }))

const write = (path: string, text: string): Promise<void> => writeFile(join(root, path), text)

const engine = (environmentOptions: Record<string, unknown> = {}): TemplateEngine =>
  new TemplateEngine({
    directories: { custom: [join(root, 'first'), join(root, 'second')], stock: join(root, 'stock') },
    environmentOptions,
    nowMs: () => now,
    recheckAfterMs: 1000,
  })

test('custom directories are searched in order, then the stock templates', async () => {
  await write('stock/a.html', 'stock a')
  await write('stock/b.html', 'stock b')
  await write('second/b.html', 'second b')
  await write('second/c.html', 'second c')
  await write('first/c.html', 'first c')
  const templates = engine()
  expect(await templates.render('a.html', {})).toBe('stock a')
  expect(await templates.render('b.html', {})).toBe('second b')
  expect(await templates.render('c.html', {})).toBe('first c')
})

test('templates/NAME is the stock template, so a custom one can extend its namesake', async () => {
  await write('stock/page.html', '<{% block main %}stock{% endblock %}>')
  await write('stock/home.html', '{% extends "page.html" %}{% block main %}home{% endblock %}')
  await write(
    'first/page.html',
    '{% extends "templates/page.html" %}{% block main %}custom {{ super() }}{% endblock %}',
  )
  const templates = engine()
  expect(await templates.render('page.html', {})).toBe('<custom stock>')
  expect(await templates.render('home.html', {})).toBe('<home>')
})

test('an edited template takes effect, and so does one that is added in front of it or removed', async () => {
  await write('stock/page.html', 'one {% include "part.html" %}')
  await write('stock/part.html', 'part')
  const templates = engine()
  expect(await templates.render('page.html', {})).toBe('one part')
  await write('stock/part.html', 'other')
  await utimes(join(root, 'stock/part.html'), new Date(), new Date(Date.now() + 5000))
  expect(await templates.render('page.html', {})).toBe('one part')
  now = 1000
  expect(await templates.render('page.html', {})).toBe('one other')
  await write('first/part.html', 'in front')
  now = 2000
  expect(await templates.render('page.html', {})).toBe('one in front')
  await rename(join(root, 'first/part.html'), join(root, 'first/gone.html'))
  now = 3000
  expect(await templates.render('page.html', {})).toBe('one other')
})

test('a mended template works again without a restart', async () => {
  await write('stock/page.html', 'x\n{% if %}')
  const templates = engine()
  await expect(templates.render('page.html', {})).rejects.toThrow(/page\.html cannot be used \(line 2\)/)
  await write('stock/page.html', 'mended')
  now = 1000
  expect(await templates.render('page.html', {})).toBe('mended')
})

test('a name cannot lead out of the directories', async () => {
  await write('secret.html', 'secret')
  const templates = engine()
  for (const name of ['../secret.html', 'templates/../../secret.html', join(root, 'secret.html'), '']) {
    expect(await templates.exists(name)).toBe(false)
  }
})

test("names computed while rendering are read as well, each visitor's own", async () => {
  await write('stock/page.html', '{% include "for-" ~ who ~ ".html" %}')
  await write('stock/for-ada.html', 'hello ada')
  await write('stock/for-bob.html', 'hello bob')
  const templates = engine()
  expect(await templates.render('page.html', { who: 'ada' })).toBe('hello ada')
  expect(await templates.render('page.html', { who: 'bob' })).toBe('hello bob')
  await expect(templates.render('page.html', { who: 'eve' })).rejects.toThrow(/template not found: for-eve/)
})

test("Jinja2's environment options keep their names", async () => {
  await write('stock/page.html', '{% if true %}\nx\n{% endif %}\n<<< 1 >>>')
  const options = { trim_blocks: true, variable_start_string: '<<<', variable_end_string: '>>>' }
  expect(await engine(options).render('page.html', {})).toBe('x\n1')
})

test('text is rendered like a template, and may use files', async () => {
  await write('stock/part.html', '<{{ x }}>')
  const templates = engine()
  expect(await templates.renderText('{{ x }} {% include "part.html" %}', { x: '&' })).toBe('&amp; <&amp;>')
})
