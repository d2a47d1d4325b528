import { readdir } from 'node:fs/promises'
import type { Registry } from 'prom-client'

/** What Prometheus' libraries tell of every process, as far as it is had for nothing: all is read when it is asked for. */
export async function addProcessMetrics(registry: Registry): Promise<void> {
  const { Counter, Gauge } = (await import('prom-client')).default
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time spent, by the program and by the system for it',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1_000_000)
    },
  })
  const startedAt = Date.now() / 1_000 - process.uptime()
  gauge('process_start_time_seconds', 'When the process was started, in seconds since 1970', () => startedAt)
  gauge('process_resident_memory_bytes', 'Memory in use', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'Memory used by JavaScript', () => process.memoryUsage().heapUsed)
  gauge('nodejs_heap_size_total_bytes', 'Memory set aside for JavaScript', () => process.memoryUsage().heapTotal)
  new Gauge({
    name: 'process_open_fds',
    help: 'Open files and connections',
    registers,
    async collect() {
      const open = await readdir('/proc/self/fd').catch(() => undefined)
      if (open !== undefined) this.set(open.length)
    },
  })
}
