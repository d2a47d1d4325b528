import { createLogger, runDaemon, stdoutSink } from '@hub/daemon'
import { helpText } from './flags.js'
import { proxyLine } from './log-line.js'
import { parseArguments } from './parse-arguments.js'
import { createProxy } from './proxy.js'
import { version } from './version.js'

/** @returns the exit status of `configurable-http-proxy` */
export async function cli(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  try {
    const parsed = await parseArguments(argv, environment)
    if (parsed.wants !== 'run') {
      process.stdout.write(parsed.wants === 'help' ? helpText() : `${version}\n`)
      return 0
    }
    const { options, warnings } = parsed
    const log = createLogger({ level: options.logLevel, format: proxyLine, sinks: [stdoutSink] })
    for (const warning of warnings) log.warn(warning)
    const proxy = createProxy(options, log)
    return await runDaemon(
      async (context) => {
        const { closer, stop } = context
        context.onReload(() => proxy.reload())
        try {
          await proxy.start()
        } catch (error) {
          process.stderr.write(`${reasonOf(error)}\n`)
          stop(1)
          return
        }
        closer.add('proxy', () => proxy.stop())
      },
      {
        log,
        // What upstream exits with; its supervisors know.
        signalExitCode: 2,
        // A hub sends the signal a second time after one second, and kills after two.
        secondSignal: 'wait',
        closeDeadlineMs: options.drainMs + 500,
        signalEvent: (name) => (name === 'SIGTERM' ? 'Terminated' : 'Interrupted'),
      },
    )
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`)
    return 1
  }
}

/** One line; what node adds to its message, the chain of modules for instance, is for programmers. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? message
}
