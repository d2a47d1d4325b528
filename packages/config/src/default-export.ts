/** What `export default` or `module.exports` gave; transpiled CommonJS wraps it once more. */
export function defaultExport(module: unknown): unknown {
  let exported = module
  for (let wraps = 0; wraps < 3 && isRecord(exported) && 'default' in exported; wraps++) exported = exported['default']
  return exported
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
