import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fixture } from './places.js'
import type { Command } from './programs.js'

const execute = promisify(execFile)
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

export interface Host {
  /** Its address on the link between the two hosts. */
  readonly address: string
  /** A command that runs on this host. */
  inside(command: Command): Command
  /** One HTTP request made from this host. */
  request(request: HostRequest): Promise<HostResponse>
}

export interface HostRequest {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HostResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Why there was no answer. */
  readonly error?: string
}

/** Two network namespaces that can reach each other and nothing else. */
export interface TwoHosts extends AsyncDisposable {
  readonly a: Host
  readonly b: Host
  /** Takes the link between them away, as a pulled cable would. */
  cut(): Promise<void>
  mend(): Promise<void>
}

/** Needs root; see {@link mayMakeNamespaces}. */
export async function twoHosts(): Promise<TwoHosts> {
  const id = `${process.pid.toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`
  // Names of network interfaces have at most 15 characters.
  const [nameA, nameB, linkA, linkB] = [`ta${id}`, `tb${id}`, `va${id}`, `vb${id}`].map((name) =>
    name.slice(0, 15),
  ) as [string, string, string, string]
  await ip('netns', 'add', nameA)
  await ip('netns', 'add', nameB)
  await ip('link', 'add', linkA, 'netns', nameA, 'type', 'veth', 'peer', 'name', linkB, 'netns', nameB)
  for (const [name, link, address] of [
    [nameA, linkA, '192.0.2.1/24'],
    [nameB, linkB, '192.0.2.2/24'],
  ] as const) {
    await ip('-n', name, 'link', 'set', 'lo', 'up')
    await ip('-n', name, 'addr', 'add', address, 'dev', link)
    await ip('-n', name, 'link', 'set', link, 'up')
  }
  return {
    a: host(nameA, '192.0.2.1'),
    b: host(nameB, '192.0.2.2'),
    cut: () => ip('-n', nameA, 'link', 'set', linkA, 'down'),
    mend: () => ip('-n', nameA, 'link', 'set', linkA, 'up'),
    async [Symbol.asyncDispose]() {
      for (const name of [nameA, nameB]) await ip('netns', 'del', name)
    },
  }
}

function host(name: string, address: string): Host {
  const inside = (command: Command): Command => ['ip', 'netns', 'exec', name, ...command]
  return {
    address,
    inside,
    async request(request) {
      const [program, ...args] = inside([process.execPath, fixture('http-client.mjs'), JSON.stringify(request)])
      const { stdout } = await execute(program, args, {
        env: { ...process.env, PATH: `${PATH}:${process.env.PATH ?? ''}` },
      })
      // The fixture prints this very shape.
      return JSON.parse(stdout) as HostResponse
    },
  }
}

async function ip(...args: string[]): Promise<void> {
  await execute('ip', args, { env: { ...process.env, PATH } })
}
