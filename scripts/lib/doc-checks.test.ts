import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pageProblems } from './doc-checks.mjs'
import { findErrorCodes } from './error-codes.mjs'
import { explanationProblems } from './error-reference.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'docs-'))
  for (const folder of ['docs', 'packages', 'examples']) mkdirSync(join(root, folder))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const settings = new Set(['Spawner.cmd', 'JupyterHub.port'])
const problems = (generated = new Map<string, string>()): string[] => pageProblems(root, settings, generated)

test('a link to a page or heading that is not there is named, one to a generated page is fine', () => {
  put('README.md', '[a](docs/a.md) [b](docs/a.md#the-life-of-a-server) [new](docs/new.md) [out](https://example.org)')
  put('docs/a.md', '# A\n\n## The life of a `server`\n')
  expect(problems(new Map([['docs/new.md', '']]))).toEqual([])
  put('README.md', '[a](docs/b.md) [b](docs/a.md#no-such)')
  expect(problems()).toEqual([
    'README.md: docs/b.md does not exist',
    'README.md: docs/a.md#no-such names no heading of that page',
  ])
})

test('links in code are examples', () => {
  put('docs/a.md', '```md\n[x](nowhere.md)\n```\n`[y](nowhere.md)`\n')
  expect(problems()).toEqual([])
})

test('a setting that does not exist is named, classes of a reader are their own business', () => {
  put('docs/a.md', '`c.Spawner.cmd`, `--JupyterHub.port=1`, `c.MySpawner.image`, `c.Spawner.command`')
  expect(problems()).toEqual(['docs/a.md: there is no setting Spawner.command'])
})

test('codes are found however an error gets its own', () => {
  put(
    'packages/a/src/errors.ts',
    `export class CodedError extends Error { constructor(readonly code: string, readonly status: number, message: string) { super(message) } }
     export class Fixed extends CodedError { constructor(message: string) { super('fixed', 400, message) } }
     export class Chosen extends CodedError { constructor(message: string, code = 'by_default', status = 500) { super(code, status, message) } }
     export class Duplicate extends Chosen { constructor(message: string) { super(message, 'duplicate', 409) } }
     export const notFound = (message: string, code = 'not_found'): CodedError => new CodedError(code, 404, message)`,
  )
  put(
    'packages/b/src/use.ts',
    `throw new Chosen('x'); throw notFound('x'); throw notFound('x', 'no_user'); throw new CodedError(ok ? 'one' : 'other', 403, '')`,
  )
  const { codes, unreadable } = findErrorCodes(root)
  expect(codes.map(({ code, statuses }) => [code, ...statuses])).toEqual([
    ['by_default', 500],
    ['duplicate', 409],
    ['fixed', 400],
    ['no_user', 404],
    ['not_found', 404],
    ['one', 403],
    ['other', 403],
  ])
  expect(unreadable).toEqual([])
})

test('a code that is no literal is named with its place', () => {
  put(
    'packages/a/src/e.ts',
    `class CodedError extends Error { constructor(readonly code: string) { super() } }\n\nnew CodedError(name())`,
  )
  expect(findErrorCodes(root).unreadable).toEqual(['packages/a/src/e.ts:3'])
})

test('a code without explanation and an explanation without code are named', () => {
  const codes = [{ code: 'a', statuses: [], packages: ['hub'] }]
  expect(explanationProblems(codes, { a: { means: 'x', do: 'y' } }, 'f')).toEqual([])
  expect(explanationProblems(codes, { a: { means: 'x' }, b: { means: 'x', do: 'y' } }, 'f')).toEqual([
    'f: explain a (means, do), an error of hub',
    'f: remove b, no error has this code any more',
  ])
})
