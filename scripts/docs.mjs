// `npm run docs` writes the reference pages that are made from the code. With --check nothing is written: it names the pages that
// are not as they should be, links that lead nowhere and settings that do not exist, and exits with status 1 if there are any.
// The packages must have been built.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pageProblems } from './lib/doc-checks.mjs'
import { referencePages } from './lib/reference-pages.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isCheck = process.argv.includes('--check')

const { pages, problems, settings } = await referencePages(root)
const found = [...problems, ...pageProblems(root, settings, pages)]
for (const [path, text] of pages) {
  const file = join(root, path)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (isCheck) {
    found.push(`${path}: not as the code has it; run npm run docs`)
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    process.stdout.write(`wrote ${path}\n`)
  }
}
for (const problem of found) process.stderr.write(`${problem}\n`)
process.exitCode = found.length > 0 ? 1 : 0
