import {
  ConfigError,
  helpAll,
  helpText,
  type HelpRequest,
  loadConfig,
  type LoadedConfig,
  parseCommandLine,
  usageText,
} from '@hub/config'
import { checkLoginHelp, plugins, runHelp, tokenHelp, upgradeDbHelp } from './commands/command-tables.js'
import { wireVersion } from './version.js'

/** What a command works with. */
export interface CommandContext {
  readonly config: LoadedConfig
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

interface Command {
  readonly help: HelpRequest
  /** Imported when it is run, so that `--help` does not load a web server. */
  readonly run: (context: CommandContext) => Promise<number>
}

const commands: Readonly<Record<string, Command>> = {
  token: {
    help: tokenHelp,
    run: async (context) => (await import('./commands/print-token.js')).printToken(context),
  },
  'check-login': {
    help: checkLoginHelp,
    run: async (context) => (await import('./commands/check-login.js')).checkLogin(context),
  },
  'upgrade-db': {
    help: upgradeDbHelp,
    run: async (context) => (await import('./commands/upgrade-db.js')).upgradeDb(context),
  },
}

const runCommand: Command = {
  help: runHelp,
  run: async (context) => (await import('./commands/run-hub.js')).runHub(context),
}

/**
 * The command `jupyterhub`.
 *
 * @param argv - without program and script
 * @returns the exit status
 */
export async function cli(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  const named = commands[argv[0] ?? '']
  const { help, run } = named ?? runCommand
  const rest = named === undefined ? argv : argv.slice(1)
  try {
    const asked = parseCommandLine(rest, help)
    if (asked.version) return print(`${wireVersion}\n`)
    if (asked.help !== 'none') return print(asked.help === 'all' ? helpAll(help) : helpText(help))
    const config = await loadConfig({ ...help, argv: rest, plugins, cwd, env })
    return await run({ config, cwd, env: config.env })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.exitCode === 2 ? usageText(help) : ''}${error.message}\n`)
    return error.exitCode
  }
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
