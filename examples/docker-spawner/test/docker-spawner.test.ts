import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { repository, startDocker, whyNoDocker } from '@hub/testkit'
import { expect, test } from 'vitest'

test.skipIf(whyNoDocker() !== undefined)(
  'a server is a container with the limits of the configuration, that reaches the hub, and keeps its user’s files',
  async () => {
    await using docker = await startDocker()
    // The image of the configuration cannot be had without a registry: this one has node and a miniature of a server.
    await docker.docker('tag', docker.image, 'jupyterhub/singleuser:6.0')
    // Ports of containers are published on the loopback address of Docker's own network, so hub and browser run in there.
    const [program, ...args] = docker.inside([
      process.execPath,
      ...['--conditions=@hub/source', '--import', import.meta.resolve('tsx')],
      ...[fileURLToPath(new URL('visit.ts', import.meta.url)), docker.url],
    ])
    const { stdout } = await promisify(execFile)(program, args, { timeout: 100_000, cwd: repository })
    expect(JSON.parse(stdout)).toEqual({
      limits: { Memory: 2 * 1024 ** 3, CpuQuota: 150_000, PidsLimit: 500, CapDrop: ['ALL'] },
      hubAnswers: '200',
      kept: 'notes',
      left: '',
    })
    expect(await docker.docker('volume', 'ls', '--quiet')).toBe('jupyterhub-user-ada')
  },
  120_000,
)
