/**
 * What a server was started with, in a few words: its profile where the form calls it so, else every option that has a
 * simple value.
 */
export function optionsInWords(options: unknown): string {
  if (typeof options !== 'object' || options === null) return ''
  const words = Object.entries(options).flatMap(([name, value]) => {
    const text = inWords(value)
    return text === '' ? [] : [{ name, text }]
  })
  const profile = words.find(({ name }) => name === 'profile')
  return profile === undefined ? words.map(({ name, text }) => `${name}: ${text}`).join(', ') : profile.text
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).filter(Boolean).join(' ')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
