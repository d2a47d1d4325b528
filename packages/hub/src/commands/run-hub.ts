import { createInterface } from 'node:readline'
import { CodedError } from '@hub/api'
import { showConfig, writeConfigFile } from '@hub/config'
import { PidFile, runDaemon } from '@hub/daemon'
import type { CommandContext } from '../cli.js'
import { jupyterHub } from '../config/jupyterhub.js'
import { createHub, type ShutdownRequest } from '../hub.js'
import { hubVersion, wireVersion } from '../version.js'
import { classes } from './command-tables.js'
import { generateCerts } from './generate-certs.js'
import { hubLog } from './hub-log.js'

/** Longest time the end of the hub may take: servers have their own, shorter, time to stop. */
const closeDeadlineMs = 120_000

/** Starts the hub and serves until a signal, or the API, ends it. */
export async function runHub({ config, cwd, env }: CommandContext): Promise<number> {
  const values = config.valuesOf(jupyterHub)
  if (values.generate_config) return generate(values.config_file, values.answer_yes, cwd)
  if (values.show_config || values.show_config_json) {
    process.stdout.write(showConfig(config, values.show_config_json ? 'json' : 'human'))
    return 0
  }
  const log = hubLog(config)
  if (values.generate_certs) return generateCerts(config, log)
  log.info(`Running JupyterHub version ${wireVersion}`, { release: hubVersion, files: config.files.join(', ') })
  for (const warning of config.warnings) log.warn(warning)

  let asked: ShutdownRequest | undefined
  return runDaemon(
    async ({ signal, closer, stop }) => {
      if (values.pid_file !== '') closer.use('pid file', await PidFile.write(values.pid_file))
      const hub = createHub({
        config,
        log,
        environment: env,
        onShutdown: (request) => {
          asked = request
          log.info('Initiating shutdown...')
          stop(request.exitCode)
        },
      })
      // Added before the start, so that what a failed start has begun is ended as well.
      closer.add('hub', () => hub.stop(asked))
      try {
        await hub.start(signal)
      } catch (error) {
        if (!(error instanceof CodedError) || signal.aborted) throw error
        // The sentence says it all; where in the program it was found helps nobody.
        log.error(error.message, { code: error.code })
        stop(1)
      }
    },
    {
      log,
      closeDeadlineMs,
      // An impatient second Ctrl-C must not leave servers behind.
      secondSignal: 'wait',
      signalEvent: (name) => `Received signal ${name}, initiating shutdown...`,
    },
  )
}

async function generate(path: string, answerYes: boolean, cwd: string): Promise<number> {
  const terminal = createInterface({ input: process.stdin })
  // Asked for one by one: what is piped in is there, and over, before the first question.
  const answers = terminal[Symbol.asyncIterator]()
  try {
    await writeConfigFile({
      path,
      cwd,
      classes,
      answerYes,
      ask: async (question) => {
        process.stdout.write(question)
        const answer = await answers.next()
        return answer.done === true ? undefined : answer.value
      },
      say: (text) => void process.stdout.write(`${text}\n`),
    })
    return 0
  } finally {
    terminal.close()
  }
}
