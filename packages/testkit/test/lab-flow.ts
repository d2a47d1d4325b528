import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'

/** What a person does with a hub and JupyterLab, step by step, in a real browser. */

const LAB_DEADLINE_MS = 60_000

export interface Person {
  readonly name: string
  readonly password: string
}

/** Fills in the login form; `next` is where it leads. */
export async function logIn(page: Page, origin: string, { name, password }: Person, next = '/hub/home'): Promise<void> {
  await page.goto(`${origin}/hub/login?next=${encodeURIComponent(next)}`)
  await page.fill('#username_input', name)
  await page.fill('#password_input', password)
  await page.click('#login_submit')
  await page.waitForURL((url) => !url.pathname.endsWith('/login'))
}

/** From the home page through the progress page into JupyterLab. */
export async function startFromHome(page: Page, origin: string, name: string): Promise<void> {
  await page.goto(`${origin}/hub/home`)
  await page.click('#start')
  await page.waitForSelector('#progress-bar', { state: 'attached' })
  await page.waitForURL(new RegExp(`/user/${name}/`), { timeout: LAB_DEADLINE_MS })
  await page.waitForSelector('#jp-main-dock-panel .jp-Launcher, #jp-main-dock-panel .jp-NotebookPanel', {
    timeout: LAB_DEADLINE_MS,
  })
}

/**
 * Makes a notebook and runs its first cell.
 *
 * @returns the output, and the address of the WebSocket that it came over
 */
export async function runFirstCell(page: Page, code: string): Promise<{ output: string; channel: string }> {
  const kernelSocket = page.waitForEvent('websocket', {
    predicate: (socket) => /\/api\/kernels\/[^/]+\/channels/.test(socket.url()),
    timeout: LAB_DEADLINE_MS,
  })
  await page.click('.jp-LauncherCard[data-category="Notebook"]')
  const cell = page.locator('.jp-NotebookPanel .jp-CodeCell .cm-content').first()
  await cell.waitFor({ timeout: LAB_DEADLINE_MS })
  const channel = (await kernelSocket).url()
  await cell.click()
  await page.keyboard.type(code)
  const result = page.locator('.jp-NotebookPanel .jp-OutputArea-executeResult .jp-OutputArea-output').first()
  // A dialog about the new kernel may take the key: the same cell is then run once more.
  for (let tries = 1; ; tries++) {
    await cell.click()
    await page.keyboard.press('Control+Enter')
    try {
      await result.waitFor({ timeout: LAB_DEADLINE_MS / 3 })
      break
    } catch (error) {
      if (tries === 3) throw error
    }
  }
  return { output: ((await result.textContent()) ?? '').trim(), channel }
}

export async function stopFromHome(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/hub/home`)
  await page.click('#stop')
  await page.waitForSelector('#stop', { state: 'hidden', timeout: LAB_DEADLINE_MS })
  await expect.poll(() => page.textContent('#start'), { timeout: 10_000 }).toContain('Start My Server')
}

/** What JupyterLab's own extension for hubs has put into its menu. */
async function chooseInLab(page: Page, command: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await page.click('#jp-MainMenu .lm-MenuBar-item:has-text("File")', { timeout: 5_000 })
      await page.click(`.lm-Menu-item[data-command="${command}"]`, { timeout: 5_000 })
      return
    } catch (error) {
      if (tries === 5) throw error
      // JupyterLab asks about kernels, or tells its news, when it has got round to it.
      const answer = page.locator('.jp-Dialog button.jp-Dialog-button').first()
      if (await answer.isVisible()) await answer.click()
      else await page.keyboard.press('Escape')
    }
  }
}

/** The whole visit, as one story. */
export async function wholeVisit(context: BrowserContext, origin: string, person: Person): Promise<void> {
  const page = await context.newPage()
  await logIn(page, origin, person)
  expect(new URL(page.url()).pathname).toBe('/hub/home')

  await startFromHome(page, origin, person.name)
  const { output, channel } = await runFirstCell(page, '6*7')
  expect(output).toBe('42')
  expect(new URL(channel).pathname).toMatch(new RegExp(`^/user/${person.name}/api/kernels/`))

  await stopFromHome(page, origin)
  await startFromHome(page, origin, person.name)

  const [home] = await Promise.all([context.waitForEvent('page'), chooseInLab(page, 'hub:control-panel')])
  await home.waitForURL(/\/hub\/home$/)
  expect(await home.isVisible('#stop')).toBe(true)
  await home.close()

  await chooseInLab(page, 'hub:logout')
  await page.waitForURL(/\/hub\/login/, { timeout: LAB_DEADLINE_MS })
  await page.goto(`${origin}/user/${person.name}/lab`)
  await page.waitForURL(/\/hub\/login/)
  expect(await page.isVisible('#password_input')).toBe(true)
}
