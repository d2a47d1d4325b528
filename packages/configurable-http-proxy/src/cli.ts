import cluster from 'node:cluster'
import { createLogger, type Logger, runDaemon, stdoutSink } from '@hub/daemon'
import { helpText } from './flags.js'
import { joiningSink, proxyLine, wantsColor } from './log-line.js'
import type { ProxyOptions } from './options.js'
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
    const log = logOf(options, environment)
    // A worker process was started with the same arguments, which the first process has already spoken about.
    if (cluster.isWorker) return await (await import('./workers/worker.js')).runWorker(options, log)
    for (const warning of warnings) log.warn(warning)
    return await run(options, log)
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`)
    return 1
  }
}

async function run(options: ProxyOptions, log: Logger): Promise<number> {
  const proxy =
    options.workers > 1
      ? (await import('./workers/proxy-with-workers.js')).createProxyWithWorkers(options, log)
      : createProxy(options, log)
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
      secondSignal: () => proxy.cut(),
      closeDeadlineMs: options.drainMs + 5_000,
      signalEvent: (name) => (name === 'SIGTERM' ? 'Terminated' : 'Interrupted'),
    },
  )
}

function logOf({ logLevel, logFormat }: ProxyOptions, environment: NodeJS.ProcessEnv): Logger {
  const { sink, flush } = joiningSink((text) => stdoutSink(text.slice(0, -1), logLevel))
  process.on('exit', flush)
  return createLogger({
    level: logLevel,
    format: logFormat === 'json' ? 'json' : proxyLine(wantsColor(environment, process.stdout.isTTY)),
    name: 'ConfigProxy',
    sinks: [sink],
  })
}

/** One line; what node adds to its message, the chain of modules for instance, is for programmers. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? message
}
