import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

/**
 * What is wrong in hand-written pages: links that lead nowhere, and settings that do not exist.
 *
 * @param {string} root
 * @param {ReadonlySet<string>} settings - every `Class.option` there is
 * @param {ReadonlyMap<string, string>} generated - pages that may not have been written yet, by path
 * @returns {string[]} messages that begin with the file
 */
export function pageProblems(root, settings, generated) {
  const read = (/** @type {string} */ path) => generated.get(path) ?? readFileSync(join(root, path), 'utf8')
  return markdownFiles(root).flatMap((path) => {
    const text = read(path)
    return [...linkProblems(root, path, text, read, generated), ...settingProblems(path, text, settings)]
  })
}

/**
 * @param {string} root
 * @returns {string[]}
 */
function markdownFiles(root) {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'))
  return [...top, ...['docs', 'packages', 'examples'].flatMap((folder) => markdownBelow(root, folder))]
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function markdownBelow(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : markdownBelow(root, path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/**
 * @param {string} root
 * @param {string} path
 * @param {string} text
 * @param {(path: string) => string} read
 * @param {ReadonlyMap<string, string>} generated
 * @returns {string[]}
 */
function linkProblems(root, path, text, read, generated) {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.flatMap((target) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor] = target.split('#')
    const wanted = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)))
    if (relative(root, join(root, wanted)).startsWith('..')) return [`${path}: ${target} leads out of the repository`]
    const stat = statSync(join(root, wanted), { throwIfNoEntry: false })
    if (!stat && !generated.has(wanted)) return [`${path}: ${target} does not exist`]
    if (anchor === undefined || !wanted.endsWith('.md')) return []
    return anchorsOf(read(wanted)).has(anchor) ? [] : [`${path}: ${target} names no heading of that page`]
  })
}

/**
 * Anchors as GitHub makes them of headings.
 *
 * @param {string} text
 */
function anchorsOf(text) {
  const headings = [...withoutCode(text, { inline: false }).matchAll(/^#{1,6} (.+)$/gm)]
  const slugs = headings.map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
  return new Set(slugs)
}

/**
 * @param {string} text
 * @param {{ inline?: boolean }} [options]
 */
function withoutCode(text, { inline = true } = {}) {
  const outside = text.replace(/^( *)(```+|~~~+)[\s\S]*?^\1\2/gm, '')
  return inline ? outside.replace(/`[^`\n]*`/g, '') : outside
}

/**
 * `c.Class.option` of a class of ours must exist; classes of a reader's own plug-ins are not known here.
 *
 * @param {string} path
 * @param {string} text
 * @param {ReadonlySet<string>} settings
 * @returns {string[]}
 */
function settingProblems(path, text, settings) {
  const classes = new Set([...settings].map((setting) => setting.split('.')[0]))
  const named = [...text.matchAll(/(?:\bc\.|--)([A-Z]\w+)\.([a-z_]\w*)/g)]
  const unknown = named.filter(([, name = '', option]) => classes.has(name) && !settings.has(`${name}.${option}`))
  return [...new Set(unknown.map(([, name, option]) => `${path}: there is no setting ${name}.${option}`))]
}
