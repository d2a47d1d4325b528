/**
 * What a script tells the person in front of it. On a terminal a step shows its seconds and the last line of its output
 * while it runs; in a log it is two plain lines.
 *
 * @typedef {(line: string) => void} Progress
 * @typedef {{
 *   line(text?: string): void,
 *   step<T>(label: string, work: (progress: Progress) => Promise<T>): Promise<T>,
 * }} Say
 */

/**
 * @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} [out]
 * @returns {Say}
 */
export function createSay(out = process.stdout) {
  return {
    line: (text = '') => void out.write(`${text}\n`),
    async step(label, work) {
      const startedAt = Date.now()
      const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`
      let last = ''
      /** @type {NodeJS.Timeout | undefined} */
      let timer
      if (out.isTTY) {
        const draw = () => {
          const text = `· ${label} … ${seconds()}  ${last}`
          // Cut to one row: a wrapped line could not be wiped again.
          out.write(`\r\x1b[2K${text.slice(0, Math.max(20, (out.columns ?? 80) - 1))}`)
        }
        draw()
        timer = setInterval(draw, 250)
      } else out.write(`· ${label} …\n`)
      const finish = (/** @type {string} */ mark) => {
        clearInterval(timer)
        out.write(`${out.isTTY ? '\r\x1b[2K' : ''}${mark} ${label} (${seconds()})\n`)
      }
      try {
        const result = await work((line) => (last = line.trim()))
        finish('✓')
        return result
      } catch (error) {
        finish('✗')
        throw error
      }
    },
  }
}
