/** Starts a server, prints its state at the wanted stage, then waits to be killed. */
import { fakeRequest } from '../src/index.js'
import { never, Servers } from './harness.js'

const [stage, marker = '', home = ''] = process.argv.slice(2)
const tell = (state: object): void => void process.stdout.write(`${JSON.stringify(state)}\n`)
// Nothing else keeps it alive: its server does not.
setInterval(() => undefined, 60_000)

const spawner = new Servers().simple({
  cmd: ['/bin/sh', '-c', `touch '${marker}'; exec sleep 1000`],
  home_dir_template: home,
  popen_kwargs: { stdout: 'ignore' },
})
const { state } = await spawner.start(
  {
    ...fakeRequest(spawner),
    save: async (saved) => {
      if (stage !== 'before go-ahead') return
      tell(saved)
      await new Promise(() => undefined)
    },
  },
  never,
)
tell(state)
