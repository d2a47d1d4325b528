import { chromium, type Browser as Chromium } from 'playwright-core'
import { findChromium } from './places.js'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/** The machine's own Chromium, without a window; `flags` come after the kit's. */
export async function launchChromium(flags: readonly string[] = []): Promise<Chromium> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('chromium is not installed (apt install chromium)')
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags], chromiumSandbox: false })
}
