/** A property as it is edited: values that are no text are written as JSON. */
export interface PropertyRow {
  readonly id: number
  readonly key: string
  readonly value: string
}

export const propertyRows = (properties: Readonly<Record<string, unknown>>): PropertyRow[] =>
  Object.entries(properties).map(([key, value], id) => ({
    id,
    key,
    value: typeof value === 'string' && !isJson(value) ? value : JSON.stringify(value),
  }))

/** @throws Error when a key is there twice, or a value has none */
export function readProperties(
  rows: readonly PropertyRow[],
  words: { readonly twice: (key: string) => string; readonly nameless: string },
): Record<string, unknown> {
  const properties = new Map<string, unknown>()
  for (const { key, value } of rows) {
    const name = key.trim()
    if (name === '' && value.trim() === '') continue
    if (name === '') throw new Error(words.nameless)
    if (properties.has(name)) throw new Error(words.twice(name))
    properties.set(name, isJson(value) ? (JSON.parse(value) as unknown) : value)
  }
  return Object.fromEntries(properties)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
