import { basename, dirname, join } from 'node:path'
import compression from 'compression'
import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import { jqueryDirectory } from './jquery.js'
import { panelPath } from './admin-panel.js'
import { stockLogo, stockStatic } from './package-paths.js'
import { versionedModules } from './versioned-modules.js'

export interface StaticFilesSettings {
  /** Served at `logo`; undefined: the hub's own. */
  readonly logoFile?: string
  /** Directories with more static files, searched before the hub's own. */
  readonly extraDirectories?: readonly string[]
  /** Where the files of the admin panel are, whose names change with their content. */
  readonly panelDirectory?: string
}

const yearSeconds = 365 * 24 * 3600

/** A URL with a version never changes its content; any other is asked for again, and answered 304 while unchanged. */
function setCaching(request: Request, response: Response): void {
  const versioned = typeof request.query['v'] === 'string'
  response.setHeader('Cache-Control', versioned ? `public, max-age=${yearSeconds}, immutable` : 'no-cache')
  response.setHeader('X-Content-Type-Options', 'nosniff')
}

const neverChanges: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', `public, max-age=${yearSeconds}, immutable`)
  next()
}

// Pages, with the visitor's XSRF token in them, are left as they are: how well a secret compresses tells what it is.
const compressText = compression({
  threshold: 512,
  filter: (_request, response) => /javascript|css|svg|json/.test(String(response.getHeader('Content-Type'))),
})

const onlyReads: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') {
    setCaching(request, response)
    next()
  } else response.set('Allow', 'GET, HEAD').sendStatus(405)
}

/**
 * Serves `static/PATH` and `logo` below the hub's prefix, without a look at who asks.
 * Paths that lead out of the directory, or to hidden files, fall through to whatever is mounted behind.
 */
export function staticFiles({
  logoFile = stockLogo,
  extraDirectories = [],
  panelDirectory,
}: StaticFilesSettings = {}): Router {
  const router = Router()
  const serve = (directory: string): RequestHandler =>
    express.static(directory, { etag: false, cacheControl: false, index: false, redirect: false, dotfiles: 'ignore' })
  router.use('/static', onlyReads, compressText, ...extraDirectories.map(serve))
  router.get('/static/js/:file', versionedModules(join(stockStatic, 'js')))
  router.use('/static', serve(stockStatic))
  if (panelDirectory !== undefined) {
    router.use(`/static/${panelPath}/assets`, neverChanges, serve(join(panelDirectory, 'assets')))
  }
  const jquery = jqueryDirectory()
  if (jquery !== undefined) router.use('/static/components/jquery', serve(jquery))
  router.use('/static', (_request, response, next) => {
    response.removeHeader('Cache-Control')
    next()
  })
  router.get('/logo', onlyReads, (_request, response, next) => {
    const options = { root: dirname(logoFile), etag: false, cacheControl: false, dotfiles: 'allow' } as const
    response.sendFile(basename(logoFile), options, (error?: Error) => {
      // A browser that went away has had its answer; a missing file is the next handler's 404.
      if (error !== undefined && !response.headersSent) next()
    })
  })
  return router
}
