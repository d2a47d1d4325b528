import { readFile } from 'node:fs/promises'
import { configError } from '../config-error.js'
import { isPlainObject } from '../kinds/copy.js'
import type { Setting } from '../setting.js'
import type { FileContent, FileRequest } from './config-file.js'

/** Reads `{ "Class": { "trait": value } }`. */
export async function readJson({ path, shown }: FileRequest): Promise<FileContent> {
  const text = await readFile(path, 'utf8')
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw configError('config_file_failed', `${shown}: ${messageOf(error)}`, { file: shown }, error)
  }
  return { settings: settingsOf(content, shown) }
}

/** Reads the same in YAML, where every value has a line. */
export async function readYaml({ path, shown }: FileRequest): Promise<FileContent> {
  // Loaded for those who write YAML only.
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(await readFile(path, 'utf8'), {
    lineCounter: lines,
    merge: true,
    customTags: ['set', 'binary'],
  })
  const [error] = document.errors
  if (error !== undefined) {
    throw configError('config_file_failed', `${shown}: ${error.message.trim()}`, { file: shown }, error)
  }
  const lineOf = (section: string, trait: string): number | undefined => {
    const sectionNode = document.get(section, true)
    const pair = isMap(sectionNode)
      ? sectionNode.items.find(({ key }) => isScalar(key) && key.value === trait)
      : undefined
    const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined
    return offset === undefined ? undefined : lines.linePos(offset).line
  }
  return { settings: settingsOf(document.toJS() ?? {}, shown, lineOf) }
}

/** @throws ConfigError when `content` is not options grouped by class */
export function settingsOf(
  content: unknown,
  file: string,
  lineOf: (section: string, trait: string) => number | undefined = () => undefined,
): Setting[] {
  if (!isPlainObject(content)) throw notGrouped(file)
  return Object.entries(content).flatMap(([section, traits]) => {
    // Upstream's JSON files may say which version of the form they have.
    if (section === 'version' && !isPlainObject(traits)) return []
    // A section without options is `null` in YAML.
    if (traits === null) return []
    if (!isPlainObject(traits)) throw notGrouped(file, section)
    return Object.entries(traits).map(([trait, value]): Setting => {
      const line = lineOf(section, trait)
      return {
        section,
        trait,
        change: { op: 'assign', value },
        source: { from: 'file', file, ...(line === undefined ? {} : { line }) },
      }
    })
  })
}

function notGrouped(file: string, section?: string): Error {
  const what = section === undefined ? 'the file' : `'${section}'`
  return configError(
    'config_file_form',
    `${file}: ${what} must hold options by name, for example {"JupyterHub": {"port": 8000}}.`,
    { file },
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
