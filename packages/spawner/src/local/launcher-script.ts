/**
 * What runs between the fork and the user's server, as the user, in a POSIX shell. It waits on descriptor 3 for the hub's
 * go-ahead, so that a hub that dies before it has saved the pid leaves nothing behind: the end of the stream ends it.
 *
 * Arguments: directory to work in (empty: a fresh temporary one), number of variables, their names, the program and its arguments.
 * Each variable `X` arrives as `_HUB_X`: what comes before this script runs as root, where an `LD_PRELOAD` chosen by a user must
 * not count. No value is ever part of the script.
 */
export const LAUNCHER_SCRIPT = `
read -r _hub_go <&3 || exit 0
[ "$_hub_go" = go ] || exit 0

_hub_dir=$1
while [ -n "$_hub_dir" ]; do
  cd "$_hub_dir" 2>/dev/null && break
  printf 'Cannot work in %s, trying its parent\\n' "$_hub_dir" >&2
  _hub_dir=\${_hub_dir%/*}
done
if [ -z "$_hub_dir" ]; then
  _hub_dir=$(mktemp -d) && cd "$_hub_dir" || { printf 'directory\\n' >&3; exit 1; }
fi
unset PWD OLDPWD

_hub_count=$2
shift 2
while [ "$_hub_count" -gt 0 ]; do
  eval "$1=\\$_HUB_$1; export $1; unset _HUB_$1"
  shift
  _hub_count=$((_hub_count - 1))
done

case $1 in
*/*)
  [ -e "$1" ] || { printf 'missing\\n' >&3; exit 127; }
  { [ -x "$1" ] && ! [ -d "$1" ]; } || { printf 'denied\\n' >&3; exit 126; }
  ;;
*)
  command -v "$1" >/dev/null 2>&1 || { printf 'missing\\n' >&3; exit 127; }
  ;;
esac
printf 'started\\n' >&3
exec "$@" 3<&-
`

/** Names a shell can hold; and of those, the ones it keeps for itself (bash as /bin/sh would stop at an assignment). */
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const KEPT_BY_SHELLS = new Set([
  'BASHOPTS',
  'BASH_VERSINFO',
  'EUID',
  'GROUPS',
  'LINENO',
  'OPTIND',
  'PPID',
  'SHELLOPTS',
  'UID',
  '_',
])

export function isPassableVariable(name: string): boolean {
  return SHELL_NAME.test(name) && !KEPT_BY_SHELLS.has(name)
}

export function launcherArguments(directory: string, names: readonly string[], command: readonly string[]): string[] {
  return ['-c', LAUNCHER_SCRIPT, 'hub-launcher', directory, String(names.length), ...names, ...command]
}

/** The environment under the names that the script takes it from. */
export function launcherEnvironment(
  environment: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`_HUB_${name}`, environment[name] ?? '']))
}
