import { readFile } from 'node:fs/promises'
import { request as httpRequest, STATUS_CODES } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { Log } from '@hub/api/base'
import { parseTarget } from '@hub/forward'

export interface ErrorPage {
  readonly body: Buffer
  readonly contentType?: string
  readonly contentEncoding?: string
}

export interface ErrorPagesOptions {
  /** Server that has the pages; asked first. */
  readonly target?: string | undefined
  /** Folder with the pages. */
  readonly folder?: string | undefined
  readonly tls: () => ConnectionOptions
  readonly log: Log
}

/** A page that does not come in this time is done without: an error must not become a hang. */
const fetchTimeoutMs = 5_000
const maxPageBytes = 1024 * 1024

const builtIn = fileURLToPath(new URL('../static', import.meta.url))

/** Finds the page that people see when a request cannot be forwarded. */
export class ErrorPages {
  constructor(private readonly options: ErrorPagesOptions) {}

  /** @param url - path and query of the request, for the error target. Never rejects */
  async page(status: number, url: string): Promise<ErrorPage> {
    const { target, folder = builtIn, log } = this.options
    if (target !== undefined) {
      try {
        return await this.#fetch(target, status, url)
      } catch (error) {
        log.warn('the error target has no page', {
          status,
          reason: error instanceof Error ? error.message : String(error),
        })
      }
    }
    for (const name of [`${status}.html`, 'error.html']) {
      const body = await readFile(join(folder, name)).catch(() => undefined)
      if (body !== undefined) return { body, contentType: 'text/html' }
    }
    return { body: Buffer.from(STATUS_CODES[status] ?? 'Error') }
  }

  #fetch(target: string, status: number, url: string): Promise<ErrorPage> {
    const { address, authority, basePath, baseQuery, secure } = parseTarget(target)
    const query = new URLSearchParams(baseQuery)
    query.set('url', url)
    const where = 'path' in address ? { socketPath: address.path } : address
    const page = {
      ...where,
      path: `${basePath.replace(/\/+$/, '')}/${status}?${query.toString()}`,
      headers: { host: authority },
    }
    const send = secure ? httpsRequest : httpRequest
    const tls = secure ? this.options.tls() : {}
    return new Promise((resolve, reject) => {
      const request = send(
        { ...page, agent: false, signal: AbortSignal.timeout(fetchTimeoutMs), ...tls },
        (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk)
            size += chunk.length
            if (size > maxPageBytes) request.destroy(new Error('the page is too long'))
          })
          response.on('error', reject)
          response.on('end', () => {
            const { 'content-type': contentType, 'content-encoding': contentEncoding } = response.headers
            resolve({
              body: Buffer.concat(chunks),
              ...(contentType === undefined ? {} : { contentType }),
              ...(contentEncoding === undefined ? {} : { contentEncoding }),
            })
          })
        },
      )
      request.on('error', reject)
      request.end()
    })
  }
}
