/** Longest name of a server, as the hub has it. */
const longest = 30

/** A name as people see it: what cannot be printed is left out, blanks are single. */
export function cleanDisplayName(text) {
  return text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '')
    .replace(/ +/g, ' ')
    .trim()
}

/** The name a server has in URLs, made from the one people see. The same rule as the hub's. */
export function serverSlug(displayName) {
  if (displayName.length <= longest && /^[a-z][a-z0-9]*$/.test(displayName)) return displayName
  let slug = displayName
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/-+/g, '-')
    .replace(/^-/, '')
  if (slug === '') return 'x'
  if (!/^[a-z]/.test(slug)) slug = `x-${slug}`
  return slug.slice(0, longest).replace(/-+$/, '')
}
