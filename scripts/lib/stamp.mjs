import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Names what a step was done from, so that it is done again only when one of its sources has changed.
 * By size and time of change, not by content: this runs at each start and must be quick.
 *
 * @param {string} root
 * @param {readonly string[]} paths - files or folders below `root`; missing ones count as such
 * @param {readonly string[]} facts - other things the result depends on, such as versions
 * @returns {string}
 */
export function stampOf(root, paths, facts = []) {
  const hash = createHash('sha256')
  for (const fact of facts) hash.update(`${fact}\0`)
  for (const path of paths) addPath(hash, root, path)
  return hash.digest('hex')
}

/**
 * The content of files, for small ones that tools rewrite without changing them.
 *
 * @param {string} root
 * @param {readonly string[]} paths
 * @param {readonly string[]} facts
 */
export function contentStampOf(root, paths, facts = []) {
  const hash = createHash('sha256')
  for (const fact of facts) hash.update(`${fact}\0`)
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} root
 * @param {string} path
 */
function addPath(hash, root, path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false })
  if (stat === undefined) hash.update(`${path} missing\0`)
  else if (stat.isDirectory())
    for (const name of readdirSync(join(root, path)).sort()) addPath(hash, root, join(path, name))
  else hash.update(`${path} ${stat.size} ${stat.mtimeMs}\0`)
}

/**
 * @param {string} file
 * @returns {string | undefined}
 */
export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * @param {string} file
 * @param {string} stamp
 */
export function writeStamp(file, stamp) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, stamp)
}
