import { FakeWorld, type FakeWorldOptions, fakeSpawnerClass, type SpawnerClass } from '@hub/spawner'
import { type TestServer, testServer } from './test-server.js'

/** Servers without processes, which all answer at one address: for tests of what the hub does with them. */
export interface FakeServers extends AsyncDisposable {
  /** What was started and stopped, and ways to let a server end or a poll fail. */
  readonly world: FakeWorld
  /** Set as `JupyterHub.spawner_class`. */
  readonly spawnerClass: SpawnerClass
  /** Where they answer. */
  readonly answers: TestServer
}

/** @param options - may give another address, such as one where nobody answers */
export async function fakeServers(options: FakeWorldOptions = {}): Promise<FakeServers> {
  const answers = await testServer()
  const world = new FakeWorld({ address: () => answers.url, ...options })
  return {
    world,
    spawnerClass: fakeSpawnerClass(world),
    answers,
    [Symbol.asyncDispose]: () => answers[Symbol.asyncDispose](),
  }
}
