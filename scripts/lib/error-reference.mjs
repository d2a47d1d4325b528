/**
 * The page of error codes: what stands in the code, and what is written by hand about each.
 *
 * @typedef {import('./error-codes.mjs').ErrorCode} ErrorCode
 * @typedef {Readonly<Record<string, { means?: string, do?: string } | undefined>>} Explanations
 */

const WHERE = /** @type {Readonly<Record<string, string>>} */ ({
  api: 'hub, API clients',
  authenticator: 'hub',
  config: 'configuration',
  'configurable-http-proxy': 'proxy',
  daemon: 'hub, proxy',
  forward: 'proxy',
  hub: 'hub',
  spawner: 'hub',
})

/**
 * @param {readonly ErrorCode[]} codes
 * @param {Explanations} explanations
 */
export function errorReference(codes, explanations) {
  return `# Errors

${codes.length} codes. Each error that a user, an administrator or a program may be shown has one. It never changes; the sentence
shown with it may. An error that stops the start, or a command, is logged with its code:

\`\`\`
[E 2026-01-31 12:00:00.000 JupyterHub] The address is in use … code=cannot_listen
\`\`\`

Errors of requests are in the log with their code if their status is 500 or more and \`c.JupyterHub.log_format = 'json'\` is set.
Errors of the configuration are printed as a sentence alone. The REST API answers with status and sentence:
\`{"status": 404, "message": "…"}\`.

${codes.map((code) => section(code, explanations[code.code] ?? {})).join('\n\n')}
`
}

/**
 * @param {ErrorCode} code
 * @param {{ means?: string, do?: string }} explanation
 */
function section({ code, statuses, packages }, { means = '', do: todo = '' }) {
  const where = [...new Set(packages.flatMap((name) => (WHERE[name] ?? name).split(', ')))].join(', ')
  const status = statuses.length === 0 ? '' : ` · ${statuses.join(' or ')}`
  return `### ${code}\n\n*${where}${status}.* ${oneLine(means)} **What to do:** ${oneLine(todo)}`
}

/** @param {string} text */
const oneLine = (text) => text.replace(/\s+/g, ' ').trim()

/**
 * @param {readonly ErrorCode[]} codes
 * @param {Explanations} explanations
 * @param {string} file - named in the messages
 * @returns {string[]} one message for each code that is not explained, and each explanation of a code that is gone
 */
export function explanationProblems(codes, explanations, file) {
  const known = new Set(codes.map(({ code }) => code))
  const missing = codes.filter(({ code }) => !explanations[code]?.means || !explanations[code]?.do)
  const stale = Object.keys(explanations).filter((code) => !known.has(code))
  return [
    ...missing.map(({ code, packages }) => `${file}: explain ${code} (means, do), an error of ${packages.join(', ')}`),
    ...stale.map((code) => `${file}: remove ${code}, no error has this code any more`),
  ]
}
