import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

let source: Promise<string> | undefined

/** What axe finds wrong with a page as it is now. */
export async function violations(page: Page): Promise<string[]> {
  source ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(await source)
  const found = await page.evaluate<{ id: string; targets: string[] }[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => ({ id, targets: nodes.map((node) => node.target.join(' ')) })))`,
  )
  return found.map(({ id, targets }) => `${id}: ${targets.join(', ')}`)
}
