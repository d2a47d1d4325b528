import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/**
 * Asks for a line that is not shown while it is typed. Without a terminal the first line of standard input is taken.
 *
 * @returns undefined when there is no line, or it was given up with Ctrl-C
 */
export async function askSecret(question: string): Promise<string | undefined> {
  const { stdin, stderr } = process
  if (stdin.isTTY) stderr.write(question)
  const terminal = createInterface({
    input: stdin,
    // What readline would show goes nowhere.
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
    terminal: stdin.isTTY,
  })
  try {
    return await new Promise<string | undefined>((resolve) => {
      terminal.once('line', resolve)
      terminal.once('SIGINT', () => resolve(undefined))
      terminal.once('close', () => resolve(undefined))
    })
  } finally {
    terminal.close()
    if (stdin.isTTY) stderr.write('\n')
  }
}
