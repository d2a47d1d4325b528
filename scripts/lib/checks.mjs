import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build, toolEnv } from './bootstrap.mjs'
import { run, tail } from './run.mjs'

/**
 * What is checked besides the tests; each counts as one test in the closing line.
 *
 * @typedef {{ root: string, say: import('./say.mjs').Say, signal?: AbortSignal | undefined }} Context
 * @typedef {{ name: string, ok: boolean, output: string }} CheckResult
 */

const SHOWN_LINES = 60

/**
 * @param {Context} context
 * @returns {Promise<CheckResult[]>} in the order they ran
 */
export async function runChecks(context) {
  const { root } = context
  const bin = join(root, 'node_modules/.bin')
  const tool = (/** @type {string} */ name, /** @type {string[]} */ ...args) => [join(bin, name), ...args]
  const results = [
    await buildCheck(context),
    // All packages as one program: each by itself would check those below it again.
    await commandCheck(context, 'typecheck', tool('tsc', '-p', 'tsconfig.json')),
    await commandCheck(
      context,
      'typecheck of the admin panel',
      tool('tsc', '-p', 'packages/admin-panel/tsconfig.json'),
    ),
    await commandCheck(context, 'typecheck of scripts', tool('tsc', '-p', 'scripts/tsconfig.json')),
    await commandCheck(context, 'lint', tool('eslint', '.', '--max-warnings=0')),
    await commandCheck(context, 'format', tool('prettier', '--check', '--log-level=warn', '.')),
  ]
  const docs = join(root, 'scripts/docs.mjs')
  if (existsSync(docs)) results.push(await commandCheck(context, 'docs', [process.execPath, docs, '--check']))
  return results
}

/**
 * @param {Context} context
 * @returns {Promise<CheckResult>}
 */
async function buildCheck(context) {
  try {
    await build(context)
    return { name: 'build', ok: true, output: '' }
  } catch (error) {
    return { name: 'build', ok: false, output: /** @type {Error} */ (error).message }
  }
}

/**
 * @param {Context} context
 * @param {string} name
 * @param {readonly string[]} command
 * @returns {Promise<CheckResult>}
 */
async function commandCheck({ root, say, signal }, name, [program = '', ...args]) {
  const failed = new Error(name)
  let output = ''
  try {
    await say.step(name, async () => {
      const result = await run(program, args, { cwd: root, env: toolEnv(root), signal })
      output = tail(result.output, SHOWN_LINES)
      if (!result.ok) throw failed
    })
    return { name, ok: true, output }
  } catch (error) {
    if (error !== failed) throw error
    return { name, ok: false, output }
  }
}
