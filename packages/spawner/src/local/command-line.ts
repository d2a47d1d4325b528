/** One word as a POSIX shell reads it back unchanged. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`
}

export function shellJoin(words: readonly string[]): string {
  return words.map(shellQuote).join(' ')
}

/** The argument vector of a server; a `shell_cmd` such as `bash -l -c` gets the whole command as one last, quoted word. */
export function commandLine(cmd: readonly string[], args: readonly string[], shellCmd: readonly string[]): string[] {
  const words = [...cmd, ...args]
  return shellCmd.length === 0 ? words : [...shellCmd, shellJoin(words)]
}
