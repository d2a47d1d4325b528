import { jsonValue, pythonRepr } from '../format.js'
import type { LoadedConfig } from '../loaded-config.js'

/** What asked for the listing is no part of it. */
const ASKED_BY = new Set(['show_config', 'show_config_json'])

/** What was set, secrets masked: for `--show-config` (`human`) and `--show-config-json` (`json`). */
export function showConfig(loaded: LoadedConfig, form: 'human' | 'json'): string {
  const sections = loaded
    .setValues()
    .map(({ section, traits }) => ({ section, traits: traits.filter(({ trait }) => !ASKED_BY.has(trait)) }))
    .filter(({ traits }) => traits.length > 0)
  if (form === 'json') {
    const object = sections.map(({ section, traits }) => [
      section,
      Object.fromEntries(traits.map(({ trait, value }) => [trait, jsonValue(value)])),
    ])
    return `${JSON.stringify(Object.fromEntries(object), null, 1)}\n`
  }
  const files =
    loaded.files.length === 0 ? [] : ['Loaded config files:', ...loaded.files.map((file) => `  ${file}`), '']
  const lines = sections.flatMap(({ section, traits }) => [
    section,
    ...traits.map(({ trait, value }) => `  .${trait} = ${pythonRepr(value)}`),
  ])
  return [...files, ...lines].map((line) => `${line}\n`).join('')
}
