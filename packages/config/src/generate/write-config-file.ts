import { access, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { configError } from '../config-error.js'
import type { Configurable } from '../configurable.js'
import { generateConfig } from './config-file.js'

export interface WriteRequest {
  /** As the user named it, relative to `cwd`. */
  readonly path: string
  readonly cwd: string
  readonly classes: readonly Configurable[]
  /** Overwrite without asking. */
  readonly answerYes: boolean
  /** Puts a question to the user; undefined when there is no answer to be had (end of input, Ctrl-C). */
  ask(question: string): Promise<string | undefined>
  say(text: string): void
}

/**
 * Writes the default configuration for `--generate-config`; a file that is there is overwritten only when the user agrees.
 *
 * @throws ConfigError when the folder is missing, or the file's form has no comments
 */
export async function writeConfigFile(request: WriteRequest): Promise<'written' | 'kept'> {
  const { path, cwd, classes } = request
  const target = resolve(cwd, path)
  const text = generateConfig(classes, path)
  if (!(await exists(dirname(target)))) {
    throw configError(
      'config_file_form',
      `${path} cannot be written: the folder ${dirname(target)} does not exist. Create it first.`,
      { file: path },
    )
  }
  if ((await exists(target)) && !request.answerYes && !(await agrees(request))) return 'kept'
  request.say(`Writing default config to: ${path}`)
  await writeFile(target, text)
  return 'written'
}

async function agrees(request: WriteRequest): Promise<boolean> {
  for (;;) {
    const answer =
      (await request.ask(`Overwrite ${request.path} with default config? [y/N] `))?.trim().toLowerCase() ?? ''
    if (answer === '' || answer.startsWith('n')) return false
    if (answer.startsWith('y')) return true
    request.say("Please answer 'y' or 'n'.")
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
