import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stockStatic, stockTemplates } from '../package-paths.js'
import { english, languageFor, languages, translate } from './languages.js'

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['de', 'de'],
  ['de-AT,de;q=0.9,en;q=0.8', 'de'],
  ['en-GB,de;q=0.9', 'en'],
  ['fr,de;q=0.3,en;q=0.7', 'en'],
  ['fr', 'en'],
  ['de;q=0,en', 'en'],
  ['de;q=x', 'en'],
  ['constructor', 'en'],
])('%s is answered in %s', (header, code) => {
  expect(languageFor(header).code).toBe(code)
})

test('holes are filled, in English and in any other language; what has no translation stays', () => {
  expect(translate({}, 'Hello %(name)s, %(other)s', { name: 'ada' })).toBe('Hello ada, %(other)s')
  expect(translate({ 'Hello %(name)s': 'Hallo %(name)s' }, 'Hello %(name)s', { name: '<b>' })).toBe('Hallo <b>')
  expect(translate({}, 'toString')).toBe('toString')
})

async function textsIn(folder: string, ending: string, call: RegExp): Promise<Set<string>> {
  const texts = new Set<string>()
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(ending))) {
    const source = await readFile(join(folder, file), 'utf8')
    for (const match of source.matchAll(call)) texts.add(match[1] ?? match[2] ?? '')
  }
  return texts
}

const holes = (text: string): string[] => [...text.matchAll(/%\(\w+\)s|\{\w+\}/g)].map(([hole]) => hole).sort()

test.each(languages.filter((language) => language !== english))(
  '$code says everything that templates and scripts say, with the same holes',
  async ({ pages, scripts }) => {
    const inTemplates = await textsIn(stockTemplates, '.html', /\b_\((?:'([^']*)'|"([^"]*)")/g)
    expect(inTemplates.size).toBeGreaterThan(90)
    for (const text of inTemplates) expect(pages, text).toHaveProperty([text])
    const inScripts = await textsIn(join(stockStatic, 'js'), '.js', /(?<![\w.])t\(\s*'([^']*)'/g)
    expect(inScripts.size).toBeGreaterThan(40)
    for (const text of inScripts) expect(scripts, text).toHaveProperty([text])
    for (const [text, translated] of [...Object.entries(pages), ...Object.entries(scripts)]) {
      expect(holes(translated), text).toEqual(holes(text))
    }
  },
)
