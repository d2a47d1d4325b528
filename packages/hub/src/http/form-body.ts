import type { IncomingMessage } from 'node:http'
import type { UploadedFile } from '@hub/spawner'
import busboy from 'busboy'
import { badRequest, HubError } from './hub-error.js'

/** Values by field; a file of field `x` is found under `x_file`. */
export type FormFields = ReadonlyMap<string, readonly (string | UploadedFile)[]>

const limits = { fields: 1_000, files: 20, parts: 1_020, fieldSize: 1024 * 1024, fileSize: 50 * 1024 * 1024 }

/**
 * Reads a form; a body of another type has no fields.
 *
 * @throws {@link HubError} 400 when the form is malformed, 413 when a file or field is too large
 */
export function readForm(request: IncomingMessage): Promise<FormFields> {
  const type = request.headers['content-type'] ?? ''
  if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(type)) return Promise.resolve(new Map())
  return new Promise((resolve, reject) => {
    const fields = new Map<string, (string | UploadedFile)[]>()
    const add = (name: string, value: string | UploadedFile): void => {
      const values = fields.get(name)
      if (values === undefined) fields.set(name, [value])
      else values.push(value)
    }
    const refuse = (error: unknown): void => {
      request.unpipe()
      request.resume()
      reject(error instanceof HubError ? error : badRequest('The form is malformed.', 'malformed_form'))
    }
    const tooLarge = (what: string): HubError => new HubError('form_too_large', 413, `The form is too large: ${what}.`)
    let parser: busboy.Busboy
    try {
      parser = busboy({ headers: request.headers, limits, defParamCharset: 'utf8' })
    } catch (error) {
      refuse(error)
      return
    }
    parser.on('field', (name, value, info) => {
      if (info.valueTruncated) refuse(tooLarge(name))
      else add(name, value)
    })
    parser.on('file', (name, stream, info) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('limit', () => refuse(tooLarge(name)))
      stream.on('error', refuse)
      stream.on('end', () => {
        add(`${name}_file`, { filename: info.filename, contentType: info.mimeType, body: Buffer.concat(chunks) })
      })
    })
    parser.on('fieldsLimit', () => refuse(tooLarge('too many fields')))
    parser.on('filesLimit', () => refuse(tooLarge('too many files')))
    parser.on('error', refuse)
    parser.on('close', () => resolve(fields))
    request.on('aborted', () => refuse(new HubError('client_left', 400, 'The request ended early.')))
    request.pipe(parser)
  })
}

/** The first text of a field; files and missing fields give undefined. */
export function firstText(fields: FormFields, name: string): string | undefined {
  return fields.get(name)?.find((value) => typeof value === 'string')
}
