import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** A line of the file is `name:salt:hash`, both in hexadecimal digits. */
const SALT_BYTES = 16
const HASH_BYTES = 32

/** What is compared with when there is no such name, so that the answer takes as long as for one there is. */
const nobody = { salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) }

/** The line to add to the file. */
export async function passwordLine(name: string, password: string): Promise<string> {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name))
    throw new Error('A name is made of a-z, 0-9, dots, underscores and hyphens.')
  const salt = randomBytes(SALT_BYTES)
  return [name, salt.toString('hex'), (await derive(password, salt)).toString('hex')].join(':')
}

/** Whether the file has this name with this password. It is read anew each time: who is taken out is out. */
export async function isInFile(file: string, name: string, password: string): Promise<boolean> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim().split(':'))
  const [, salt = '', hash = ''] = lines.find(([known]) => known === name && name !== '') ?? []
  const stored = { salt: Buffer.from(salt, 'hex'), hash: Buffer.from(hash, 'hex') }
  const isUsable = stored.salt.length === SALT_BYTES && stored.hash.length === HASH_BYTES
  const expected = isUsable ? stored : nobody
  return timingSafeEqual(await derive(password, expected.salt), expected.hash) && isUsable
}

/** Takes a tenth of a second of a thread beside the event loop, which is what makes guessing expensive. */
function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
