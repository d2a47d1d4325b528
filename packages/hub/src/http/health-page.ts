import type { PageRoute } from './page.js'
import { empty } from './reply.js'

/** `health` and `api/health`: the hub answers. Nothing is looked at, so that a probe costs nothing. */
export const healthPage: PageRoute = {
  methods: ['get'],
  paths: ['/health', '/api/health'],
  visitor: 'nobody',
  run: () => Promise.resolve(empty(200)),
}
