import cluster, { type Worker } from 'node:cluster'
import { CodedError, type Log } from '@hub/api/base'
import type { RouteKey } from '../route-key.js'
import type { FromWorker, SentRoute, ToWorker } from './messages.js'

/** The processes that serve the public port could not be started. */
export class WorkerError extends CodedError {
  override readonly name = 'WorkerError'
}

export interface WorkerPoolOptions {
  readonly count: number
  /** The table for a new worker. */
  readonly table: () => readonly SentRoute[] | undefined
  readonly onActivity: (activity: readonly (readonly [RouteKey, number])[]) => void
  readonly log: Log
}

/** A worker that has not taken a change over by then is not waited for: it hangs, or it is ending. */
const answerDeadlineMs = 1_000
/** A worker that ends sooner than this after its start makes the next one wait, longer each time. */
const healthyMs = 10_000
const longestPauseMs = 5_000

type Numbered = Extract<ToWorker, { n: number }>
type Order = Numbered extends infer Each ? (Each extends Numbered ? Omit<Each, 'n'> : never) : never
type Done = Extract<FromWorker, { kind: 'done' }>

interface Member {
  readonly worker: Worker
  readonly startedAt: number
  /** It has been sent the table, and is told of every change since. */
  isServing: boolean
  readonly waiting: Map<number, (done: Done | undefined) => void>
}

/** Processes that serve the public port together. One that ends is replaced; the others do not notice. */
export class WorkerPool {
  private readonly members = new Set<Member>()
  private isStopping = false
  private failures = 0
  private n = 0
  private readonly timers = new Set<NodeJS.Timeout>()

  constructor(private readonly options: WorkerPoolOptions) {
    // Each worker accepts from the one listening socket by itself. What waits there when a worker is killed is taken by
    // another; handed out by this process, it would be lost.
    cluster.schedulingPolicy = cluster.SCHED_NONE
  }

  /** Process numbers of the workers. */
  get pids(): readonly number[] {
    return [...this.members].flatMap(({ worker }) => worker.process.pid ?? [])
  }

  /** @returns where they listen. @throws {@link WorkerError} */
  async start(): Promise<string> {
    // The first alone: of several that find a dead socket file, one would remove what another has just made.
    const address = await this.serve(this.add())
    await Promise.all(Array.from({ length: this.options.count - 1 }, () => this.serve(this.add())))
    for (const member of this.members) this.replaceWhenEnded(member)
    return address
  }

  /** Gives an order to all. @returns the answers of those that gave one in time */
  async ask(order: Order): Promise<readonly Done[]> {
    const answers = await Promise.all(
      [...this.members].filter(({ isServing }) => isServing).map((member) => this.askOne(member, order)),
    )
    return answers.filter((answer) => answer !== undefined)
  }

  tell(order: ToWorker): void {
    for (const { worker } of this.members) send(worker, order)
  }

  /** Lets the workers finish what is under way; those that do not end in time are killed. */
  async stop(deadlineMs: number): Promise<void> {
    this.isStopping = true
    for (const timer of this.timers) clearTimeout(timer)
    const ended = [...this.members].map(({ worker }) => once(worker))
    this.tell({ kind: 'stop' })
    const kill = setTimeout(() => {
      for (const { worker } of this.members) worker.process.kill('SIGKILL')
    }, deadlineMs)
    await Promise.all(ended)
    clearTimeout(kill)
  }

  private add(): Member {
    const worker = cluster.fork()
    const member: Member = { worker, startedAt: Date.now(), isServing: false, waiting: new Map() }
    this.members.add(member)
    worker.on('message', (message: FromWorker) => this.hear(member, message))
    // An error is followed by the end.
    worker.on('error', () => {})
    worker.once('exit', () => {
      this.members.delete(member)
      for (const answer of member.waiting.values()) answer(undefined)
    })
    return member
  }

  private async serve(member: Member): Promise<string> {
    const { worker } = member
    return await new Promise<string>((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') {
          // Changes that follow come behind it on the same channel: a worker misses none.
          member.isServing = true
          send(worker, { kind: 'serve', table: this.options.table() })
        }
        if (message.kind === 'serving') resolve(message.address)
        if (message.kind === 'failed') reject(new WorkerError('worker_failed', 500, message.message))
      })
      worker.once('exit', (code, signal) =>
        reject(new WorkerError('worker_failed', 500, `A worker ended before it served (${signal || code}).`)),
      )
    })
  }

  private replaceWhenEnded(member: Member): void {
    const replace = (code: number, signal: string): void => {
      if (this.isStopping) return
      this.failures = Date.now() - member.startedAt > healthyMs ? 0 : this.failures + 1
      const pauseMs = this.failures < 3 ? 0 : Math.min(100 * 2 ** (this.failures - 3), longestPauseMs)
      this.options.log.error('a worker ended and is started again', {
        pid: member.worker.process.pid,
        reason: signal || code,
      })
      const timer = setTimeout(() => {
        this.timers.delete(timer)
        const next = this.add()
        this.replaceWhenEnded(next)
        this.serve(next).catch((error: unknown) => {
          this.options.log.error('a worker could not be started', { error })
          next.worker.process.kill('SIGKILL')
        })
      }, pauseMs)
      this.timers.add(timer)
    }
    if (member.worker.isDead()) replace(1, '')
    else member.worker.once('exit', replace)
  }

  private hear({ waiting }: Member, message: FromWorker): void {
    if (message.kind === 'activity') this.options.onActivity(message.activity)
    if (message.kind !== 'done') return
    this.options.onActivity(message.activity)
    waiting.get(message.n)?.(message)
  }

  private askOne({ worker, waiting }: Member, order: Order): Promise<Done | undefined> {
    const n = ++this.n
    return new Promise((resolve) => {
      const answer = (done: Done | undefined): void => {
        clearTimeout(late)
        waiting.delete(n)
        resolve(done)
      }
      const late = setTimeout(() => answer(undefined), answerDeadlineMs)
      waiting.set(n, answer)
      send(worker, { ...order, n })
    })
  }
}

function send(worker: Worker, order: ToWorker): void {
  // One that has just ended cannot be told, and need not be.
  if (worker.isConnected()) worker.send(order, () => {})
}

const once = (worker: Worker): Promise<void> =>
  new Promise((resolve) => {
    if (worker.isDead()) resolve()
    else worker.once('exit', () => resolve())
  })
