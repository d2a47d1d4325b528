import { createInterface, type Interface } from 'node:readline/promises'
import { CodedError } from '@hub/api/base'
import {
  ConfigError,
  helpAll,
  helpText,
  loadConfig,
  type LoadedConfig,
  parseCommandLine,
  showConfig,
  usageText,
  writeConfigFile,
} from '@hub/config'
import { createLogger, parseLogLevel, runDaemon } from '@hub/daemon'
import { helperCommandLine } from './command-line.js'
import { helperSettings, sudospawnerHelper } from './config.js'
import { createHelper } from './helper.js'
import { hashToken, newToken } from './tokens.js'
import { version } from './version.js'

/**
 * The command `sudospawner-helper`.
 *
 * @param argv - without program and script
 * @returns the exit status
 */
export async function cli(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  if (argv[0] === 'token') return printToken(argv.slice(1))
  try {
    const asked = parseCommandLine(argv, helperCommandLine)
    if (asked.version) return print(`${version}\n`)
    if (asked.help !== 'none')
      return print(asked.help === 'all' ? helpAll(helperCommandLine) : helpText(helperCommandLine))
    const config = await loadConfig({
      ...helperCommandLine,
      argv,
      cwd,
      env,
      usualName: 'sudospawner_helper_config',
      configFileTrait: 'SudoSpawnerHelper.config_file',
      generateTrait: 'SudoSpawnerHelper.generate_config',
    })
    const values = config.valuesOf(sudospawnerHelper)
    if (values.show_config) return print(showConfig(config, 'human'))
    return values.generate_config ? await generate(values.config_file, values.answer_yes, cwd) : await serve(config)
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.exitCode === 2 ? usageText(helperCommandLine) : ''}${error.message}\n`)
      return error.exitCode
    }
    if (!(error instanceof CodedError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

function serve(config: LoadedConfig): Promise<number> {
  const values = config.valuesOf(sudospawnerHelper)
  const log = createLogger({
    name: 'SudoSpawnerHelper',
    level: parseLogLevel(values.log_level) ?? 'info',
    format: values.log_format === 'json' ? 'json' : 'text',
  })
  for (const warning of config.warnings) log.warn(warning)
  const helper = createHelper(helperSettings(values), log)
  return runDaemon(
    async (context) => {
      const { closer, signal, stop } = context
      closer.add('helper', () => helper.stop())
      context.onReload(() => helper.reload())
      try {
        await helper.start(signal)
      } catch (error) {
        if (!(error instanceof CodedError) || signal.aborted) throw error
        // The sentence says it all; where in the program it was found helps nobody.
        log.error(error.message, { code: error.code })
        stop(1)
      }
    },
    { log },
  )
}

function printToken([name = 'hub', ...others]: readonly string[]): number {
  if (others.length > 0 || !/^[\w.-]+$/.test(name)) {
    process.stderr.write(
      'Usage: sudospawner-helper token [NAME]\nNAME is what the helper calls the hub: letters, digits, _ . -\n',
    )
    return 2
  }
  const token = newToken()
  return print(
    `Token, for the configuration of the hub:\n  ${token}\n` +
      `Line for the configuration of the helper:\n  c.SudoSpawnerHelper.tokens = {'${name}': '${hashToken(token)}'}\n`,
  )
}

async function generate(path: string, answerYes: boolean, cwd: string): Promise<number> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    await writeConfigFile({
      path,
      cwd,
      classes: [sudospawnerHelper],
      answerYes,
      // At the end of input nobody answers any more.
      ask: (question: string) => Promise.race([terminal.question(question), closed(terminal)]),
      say: (text) => void process.stdout.write(`${text}\n`),
    })
    return 0
  } finally {
    terminal.close()
  }
}

const closed = (terminal: Interface): Promise<undefined> =>
  new Promise((resolve) => terminal.once('close', () => resolve(undefined)))

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
