import { CodedError } from '@hub/api/base'
import { ConfigError, helpAll, helpText, loadConfig, parseCommandLine, usageText } from '@hub/config'
import { createLogger, runDaemon } from '@hub/daemon'
import { readHubFacts } from './config/hub-facts.js'
import { commandLine, hubSingleuser } from './config/options.js'
import { createSingleuser } from './singleuser.js'
import { version } from './version.js'

/** More than the app has to end. */
const CLOSE_MARGIN_MS = 10_000

/**
 * The command `hub-singleuser`.
 *
 * @param argv - without program and script
 * @returns the exit status: that of the app when it ends by itself
 */
export async function cli(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  const dashes = argv.indexOf('--')
  const own = dashes === -1 ? argv : argv.slice(0, dashes)
  const command = dashes === -1 ? [] : argv.slice(dashes + 1)
  try {
    const asked = parseCommandLine(own, commandLine)
    if (asked.version) return print(`${version}\n`)
    if (asked.help !== 'none') return print(asked.help === 'all' ? helpAll(commandLine) : helpText(commandLine))
    const config = await loadConfig({ ...commandLine, argv: own, configFile: null, cwd, env })
    if (command.length === 0) {
      process.stderr.write(`${usageText(commandLine)}The command of the app is missing: write it behind --.\n`)
      return 2
    }
    const settings = config.valuesOf(hubSingleuser)
    const facts = readHubFacts(env)
    const log = createLogger({ name: 'HubSingleuser', level: facts.debug ? 'debug' : 'info' })
    return await runDaemon(
      async ({ signal, closer, stop }) => {
        const server = createSingleuser({ facts, settings, command, environment: env, log, onExit: stop })
        closer.add('server', () => server.stop())
        try {
          await server.start(signal)
        } catch (error) {
          if (!(error instanceof CodedError) || signal.aborted) throw error
          log.error(error.message, { code: error.code })
          stop(1)
        }
      },
      { log, closeDeadlineMs: settings.stop_timeout * 1000 + CLOSE_MARGIN_MS },
    )
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.exitCode === 2 ? usageText(commandLine) : ''}${error.message}\n`)
      return error.exitCode
    }
    if (!(error instanceof CodedError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
