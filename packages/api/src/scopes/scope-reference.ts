import { SELF_SCOPES } from './scope-definitions.js'
import { defaultScopes, type ScopeTable } from './scope-table.js'

/** The Markdown of docs/reference/scopes.md. */
export function scopeReference(table: ScopeTable = defaultScopes): string {
  const rows = [...table.definitions].map(([name, { description, implies, note }]) => {
    const text = note === undefined ? description : `${description}. ${note.replace(/\.$/, '')}`
    return `| \`${name}\` | ${implies.map(code).join(', ') || '–'} | ${text} |`
  })
  return `# Scopes

<!-- Generated from the scope table; edit that instead. -->

A scope names something that may be done. Roles give scopes to users, groups and services; a token holds scopes of its owner.
A scope brings along those it implies, and theirs.

| scope | implies | allows |
|---|---|---|
${rows.join('\n')}

## Filters

A filter after \`!\` restricts a scope, and whatever it implies, to one thing. A scope without filter applies to everything.

| filter | restricts to |
|---|---|
| \`!user=ada\` | that user, its servers and tokens |
| \`!group=lab\` | that group; for scopes on users and servers, its members and their servers |
| \`!server=ada/big\` | that server; \`!server=ada/\` is the default server |
| \`!service=culler\` | that service |
| \`!user\` | the user who holds the scope |
| \`!server\` | the server a token was issued for |
| \`!service\` | the service a token was issued for, or that holds the scope |

## What \`self\` stands for

Each of these, with \`!user\`: ${SELF_SCOPES.map(code).join(', ')}.
Sharing is not among them: to let a user share servers, give the role \`user\` the scope \`shares!user\`.

## Custom scopes

The option \`JupyterHub.custom_scopes\` defines scopes for your services and server extensions, by name: \`custom:…\`, with a
\`description\` and, if need be, \`subscopes\` that are defined there too. The hub itself attaches no meaning to them.
`
}

const code = (text: string): string => `\`${text}\``
