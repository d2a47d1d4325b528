/**
 * The part of a package tool's output that says that no registry answered, in a few words.
 *
 * @param {string} output - of npm, pnpm or pip
 * @returns {string | undefined} undefined when it failed for another reason
 */
export function networkFailure(output) {
  const found =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/.exec(
      output,
    ) ??
    /(Temporary failure in name resolution|Name or service not known|Network is unreachable|Connection refused|No route to host|Failed to establish a new connection|Read timed out|ConnectTimeoutError|Connection to \S+ timed out)/i.exec(
      output,
    )
  return found?.[1]
}
