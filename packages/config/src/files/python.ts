import { spawn } from 'node:child_process'
import { isAbsolute, relative, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { configError } from '../config-error.js'
import type { Setting } from '../setting.js'
import type { FileContent, FileRequest } from './config-file.js'
import { PYTHON_EVALUATOR } from './python-evaluator.js'
import { changeFrom, documentSchema, type PythonDocument } from './python-values.js'

/** Where the evaluator writes its answer; stdout belongs to the configuration's own print(). */
const ANSWER_FD = 3

/**
 * Evaluates a configuration in Python, once, with the machine's python3. What it prints goes to stderr, so that the
 * hub's own output stays clean. Its changes to `os.environ` are handed back.
 */
export async function readPython(request: FileRequest): Promise<FileContent> {
  const { shown } = request
  const { answer, ending } = await evaluate(request)
  const parsed = answer === '' ? undefined : documentSchema.safeParse(JSON.parse(answer))
  if (parsed?.success !== true) {
    throw configError('config_file_failed', `${shown}: python3 ended (${ending}) before the configuration was read.`, {
      file: shown,
    })
  }
  const document = parsed.data
  if (document.failure !== undefined) {
    throw configError('config_file_failed', `${shown} raised an error:\n${document.failure.trimEnd()}`, { file: shown })
  }
  return {
    settings: settingsFrom(document, request),
    alsoRead: document.files.slice(1).map((file) => shownPath(file, request)),
    warnings: document.warnings,
    env: Object.fromEntries(Object.entries(document.environ).map(([name, value]) => [name, value ?? undefined])),
  }
}

function settingsFrom(document: PythonDocument, request: FileRequest): Setting[] {
  return document.settings.flatMap(({ section, trait, changes }) =>
    changes.map((change): Setting => {
      const { line } = change
      return {
        section,
        trait,
        change: changeFrom(change),
        source: {
          from: 'file',
          file: shownPath(change.file ?? request.path, request),
          ...(line === null ? {} : { line }),
        },
      }
    }),
  )
}

/** The main file as the user named it, others relative to the working directory where they are below it. */
function shownPath(file: string, { path, shown, cwd }: FileRequest): string {
  if (file === path) return shown
  const fromHere = relative(cwd, resolve(cwd, file))
  return fromHere.startsWith('..') || isAbsolute(fromHere) ? file : fromHere
}

interface Evaluation {
  readonly answer: string
  readonly ending: string
}

async function evaluate({ path, shown, cwd, env, timeoutMs }: FileRequest): Promise<Evaluation> {
  const child = spawn('python3', ['-c', PYTHON_EVALUATOR, String(ANSWER_FD), path], {
    cwd,
    env: { ...env },
    stdio: ['ignore', 2, 2, 'pipe'],
    // A signal rather than a request: a configuration may be stuck in a system call.
    signal: AbortSignal.timeout(timeoutMs),
    killSignal: 'SIGKILL',
  })
  const ended = new Promise<string>((resolveEnd, reject) => {
    child.once('error', (error) => reject(startFailure(error, shown, timeoutMs)))
    child.once('close', (code, signal) => resolveEnd(signal ?? `exit status ${code}`))
  })
  // The fourth stream was asked for as a pipe above.
  const pipe = child.stdio[ANSWER_FD] as Readable
  const [answer, ending] = await Promise.all([readAll(pipe), ended])
  return { answer, ending }
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(z.instanceof(Buffer).parse(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function startFailure(error: Error, shown: string, timeoutMs: number): Error {
  if (error.name === 'AbortError') {
    const message = `${shown} was not done after ${timeoutMs / 1000} seconds.`
    return configError('config_file_failed', message, { file: shown }, error)
  }
  const message =
    `${shown} is written in Python and python3 could not be started (${error.message}). ` +
    'Install python3, or write the configuration as jupyterhub_config.mjs or jupyterhub_config.yaml.'
  return configError('config_file_failed', message, { file: shown }, error)
}
