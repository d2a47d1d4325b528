import { flagReference } from './flags.js'
import { metricHelp } from './traffic-statistics.js'

type Row = readonly string[]

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** The API as it answers. */
const endpoints: readonly Row[] = [
  ['`GET /api/routes`', 'the whole table, as an object by route', '200 · 400 time malformed · 403'],
  [
    '`GET /api/routes?inactiveSince=TIME`',
    'routes whose last activity is before; `inactive_since` too',
    '200 · 400 · 403',
  ],
  ['`GET /api/routes/PATH`', 'one route', '200 · 404 none · 403'],
  [
    '`POST /api/routes/PATH`',
    'adds or replaces a route; a JSON object with a string `target`, other keys are kept. No PATH: the root',
    '201 · 400 not JSON, no target, path malformed · 403 · 413 above 1 MiB · 503 storage away',
  ],
  ['`DELETE /api/routes/PATH`', 'removes a route', '204 · 404 none · 403 · 503 storage away'],
  ['other methods on these', '', '405'],
  ['`GET /api/health`', 'whether the table can be changed, as `{"status": "OK"}`; needs no token', '200 · 503'],
  ['anything else', '', '404'],
]

const publicAnswers: readonly Row[] = [
  ['`GET /_chp_healthz`', '200 `{"status":"OK"}` while the process serves; not counted, not logged'],
  ['no route', '404 with a page'],
  ['a target that cannot be reached, is silent too long or speaks no HTTP', '503 with a page'],
  ['a path with a malformed escape, a route whose target is no usable URL', '500 with a page'],
  ['a request with two readings: two `Host`, a length besides chunks', '400, and the connection is closed'],
  ['a target that dies within its answer', 'the connection is closed, so that the answer is seen to be cut off'],
  ['a WebSocket without a route, or whose target is down', 'the status without a page, and the connection is closed'],
]

const signals: readonly Row[] = [
  ['`SIGTERM`, `SIGINT`', 'frees the ports at once, lets requests finish for `--drain-timeout`, exits with status 2'],
  ['either, a second time', 'does not wait any longer; status 2'],
  [
    '`SIGHUP`',
    'reads keys and certificates anew and opens the access log anew; what is unusable is logged and not used',
  ],
]

const exits: readonly Row[] = [
  ['0', '`--help`, `--version`'],
  [
    '1',
    'it could not start: an unknown flag, a bad value, a file that is missing, a port that is taken. One line on stderr',
  ],
  ['2', 'ended by `SIGTERM` or `SIGINT`'],
]

const logLines: readonly Row[] = [
  ['`Proxying http(s)://ADDRESS to TARGET`, or `(no default)`', 'the public port is open'],
  ['`Proxy API at http(s)://ADDRESS/api/routes`', 'the API is open'],
  ['`Serve metrics at http://ADDRESS/metrics`', ''],
  ['`Added HTTP to HTTPS redirection from PORT to PORT`', ''],
  ['`Writing pid N to FILE`', ''],
  ['`Adding route PATH -> TARGET`, `Route added PATH -> TARGET`, `Removing route PATH`', ''],
  [
    '`STATUS METHOD PATH MESSAGE`',
    'a request to the API (info, from 400 warn, from 500 error), or an error of the public port',
  ],
  ['`Terminated`, `Interrupted`', 'a signal has come'],
]

/** The reference page of the proxy, made of what the code works by. */
export function proxyReference(): string {
  const metrics = Object.entries(metricHelp).map(([name, help]): Row => [`\`${name}\``, help])
  return `## Flags

${flagReference().trimEnd()}

## REST API

The path of a route is percent-decoded once; slashes at its ends do not count. A token goes into the header
\`Authorization: token SECRET\`. Times are ISO 8601, in UTC.

${table(['request', 'what it does', 'status'], endpoints)}

Each route is listed with what was posted and \`last_activity\`: when an answer below status 300 ended, a piece of a request body
came, or a byte came from the client of a WebSocket.

## The public port

The longest route wins whose segments begin the path.

${table(['request', 'answer'], publicAnswers)}

The page of an error comes from \`--error-target\` (asked as \`GET URL/STATUS?url=REQUEST\`), else from \`--error-path\`
(\`STATUS.html\`, then \`error.html\`), else it is a built-in one.

## Signals

${table(['signal', 'effect'], signals)}

## Exit status

${table(['status', 'when'], exits)}

## Log

\`TIME [ConfigProxy] LEVEL: TEXT\` on standard output, or JSON with \`--log-format json\`; the level is coloured on a terminal, or as
\`FORCE_COLOR\` and \`NO_COLOR\` say. Queries are never in it.

${table(['line', 'meaning'], logLines)}

## Metrics

\`GET /metrics\` on \`--metrics-port\`, besides the usual \`process_*\` and \`nodejs_*\` with the lag of the event loop.

${table(['metric', 'meaning'], metrics)}
`
}
