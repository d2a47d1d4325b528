// `npm test`: brings everything the tests need, runs the checks and all tests, and closes with a line of counts.
// With arguments (`npm test -- packages/config`) only the tests below those paths run, and no other check.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertNodeVersion, build, installDependencies, toolEnv } from './lib/bootstrap.mjs'
import { runChecks } from './lib/checks.mjs'
import { bringParts } from './lib/parts.mjs'
import { PlainError } from './lib/plain-error.mjs'
import { killGroup } from './lib/run.mjs'
import { createSay } from './lib/say.mjs'
import { closingLine, countTests } from './lib/vitest-report.mjs'

const TESTS_DEADLINE_MS = 20 * 60_000

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const paths = process.argv.slice(2)
// Two lanes work at once, so no step may draw over another's line: no terminal tricks.
const say = createSay({ write: (text) => process.stdout.write(text) })
const stop = new AbortController()
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, () => stop.abort(name))

const counts = { passed: 0, failed: 0, skipped: 0 }
try {
  await main()
} catch (error) {
  counts.failed++
  say.line(error instanceof PlainError ? error.message : String(/** @type {Error} */ (error).stack))
}
process.exitCode = counts.failed > 0 ? 1 : 0
say.line(closingLine(counts))

async function main() {
  const startedAt = Date.now()
  assertNodeVersion()
  const context = { root, say, signal: stop.signal }
  const [checks, missing] = await allOrNone([prepareCode(context), bringParts(context)])
  stop.signal.throwIfAborted()
  for (const check of checks.filter((one) => !one.ok)) say.line(`\n--- ${check.name} failed ---\n${check.output}`)
  const tests = await runTests()

  say.line()
  for (const { part, reason } of missing) say.line(`not run: tests with ${part}: ${reason}`)
  for (const check of checks.filter((one) => !one.ok)) say.line(`failed: ${check.name}`)
  for (const failure of tests.failures) say.line(`failed: ${failure}`)
  counts.passed = tests.passed + checks.filter((one) => one.ok).length
  counts.failed = tests.failed + checks.filter((one) => !one.ok).length
  counts.skipped = tests.skipped
  say.line(`took ${Math.round((Date.now() - startedAt) / 1000)} s`)
}

/**
 * As `Promise.all`, but if one fails the others are ended, and waited for: nothing is said after the closing line.
 *
 * @template {unknown[]} T
 * @param {{ [K in keyof T]: Promise<T[K]> }} work
 * @returns {Promise<T>}
 */
async function allOrNone(work) {
  try {
    return await Promise.all(work)
  } catch (error) {
    stop.abort()
    await Promise.allSettled(work)
    throw error
  }
}

/** @param {import('./lib/checks.mjs').Context} context */
async function prepareCode(context) {
  await installDependencies(context)
  if (paths.length === 0) return runChecks(context)
  await build(context)
  return []
}

/** @returns {Promise<import('./lib/vitest-report.mjs').Counts>} */
async function runTests() {
  say.line('\n· tests')
  const reportFile = join(root, '.test/vitest.json')
  rmSync(reportFile, { force: true })
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...paths]
  const child = spawn(join(root, 'node_modules/.bin/vitest'), args, {
    cwd: root,
    env: { ...toolEnv(root), CI: process.env.CI ?? '' },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  const end = () => killGroup(child.pid, 'SIGTERM')
  stop.signal.addEventListener('abort', end, { once: true })
  let late = false
  const deadline = setTimeout(() => {
    late = true
    end()
    setTimeout(() => killGroup(child.pid, 'SIGKILL'), 5_000).unref()
  }, TESTS_DEADLINE_MS)
  const code = await new Promise((done) => {
    child.once('error', () => done(127))
    child.once('exit', done)
  })
  clearTimeout(deadline)
  const counted = readCounts(reportFile)
  // A run that ended badly without a failed test (a crash, an unhandled rejection) is a failure all the same.
  if (code !== 0 && counted.failed === 0) {
    counted.failed++
    counted.failures.push(
      late ? `the tests took more than ${TESTS_DEADLINE_MS / 60_000} minutes` : `vitest ended with status ${code}`,
    )
  }
  return counted
}

/** @param {string} file */
function readCounts(file) {
  try {
    return countTests(JSON.parse(readFileSync(file, 'utf8')), root)
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: /** @type {string[]} */ ([]) }
  }
}
