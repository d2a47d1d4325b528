import type { IncomingMessage } from 'node:http'
import { HubError, badRequest } from './hub-error.js'

/** Larger than any request of a client we know; creating 50,000 users at once fits. */
export const maxBodyBytes = 10 * 1024 * 1024

/**
 * Reads the whole body, whatever its content type says.
 *
 * @throws {@link HubError} 413 when it is larger than `limit`
 */
export async function readBody(request: IncomingMessage, limit = maxBodyBytes): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new HubError('body_too_large', 413, `The request body is larger than ${limit} bytes.`)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

/**
 * The body as JSON, `null` when it is empty.
 *
 * @throws {@link HubError} 400 when it is not JSON
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = (await readBody(request)).toString('utf8')
  if (text === '') return null
  try {
    return JSON.parse(text, /\\u[dD][89a-fA-F]/.test(text) ? refuseHalfCharacters : undefined)
  } catch {
    throw badRequest('Invalid JSON in body of request', 'invalid_json')
  }
}

/** An escape can spell half a character, which nothing could store. */
function refuseHalfCharacters(key: string, value: unknown): unknown {
  if (/\p{Surrogate}/u.test(key) || (typeof value === 'string' && /\p{Surrogate}/u.test(value))) throw new SyntaxError()
  return value
}
