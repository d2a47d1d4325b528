import { readFile } from 'node:fs/promises'
import type { CertificatePaths } from '@hub/api'

/** Where they are in a container. */
export const CERTIFICATES_IN_CONTAINER: CertificatePaths = {
  keyFile: '/certs/server.key',
  certFile: '/certs/server.crt',
  caFile: '/certs/ca.crt',
}

/**
 * The files as an archive that Docker unpacks at the root of a container. Everybody in there may read them: all that runs in the container
 * does so for its user, as whichever account the image has.
 */
export async function certificateArchive(paths: CertificatePaths): Promise<Buffer> {
  const names = ['keyFile', 'certFile', 'caFile'] as const
  const files = await Promise.all(
    names.map(async (name) => entry(CERTIFICATES_IN_CONTAINER[name].slice(1), await readFile(paths[name]))),
  )
  // Two empty blocks end it.
  return Buffer.concat([entry('certs/', Buffer.alloc(0)), ...files, Buffer.alloc(2 * BLOCK)])
}

const BLOCK = 512

/** A file or, by a slash at its end, a folder, in the format of POSIX (ustar). */
function entry(name: string, content: Buffer): Buffer {
  const isFolder = name.endsWith('/')
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0')
  header.write(name, 0)
  header.write(octal(isFolder ? 0o755 : 0o444, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(content.length, 11), 124)
  header.write(octal(0, 11), 136)
  header.write(isFolder ? '5' : '0', 156)
  header.write('ustar\u000000', 257)
  // The sum is taken with blanks in its own place.
  header.write(' '.repeat(8), 148)
  header.write(`${octal(sumOf(header), 6)}\u0000 `, 148)
  return Buffer.concat([header, content, Buffer.alloc(-content.length & (BLOCK - 1))])
}

const sumOf = (bytes: Buffer): number => bytes.reduce((sum, byte) => sum + byte, 0)
