#!/bin/sh
# Starts, looks at and stops servers for ScriptSpawner: servers.sh FOLDER start ID COMMAND… | poll ID | stop ID
# Here they are processes of this machine, noted in FOLDER. On a cluster the three would be sbatch, squeue and scancel.
set -u
folder=$1
what=$2
id=$3
shift 3
mkdir -p "$folder"
chmod 700 "$folder"
noted=$folder/$id.pid

# The process with the noted number, if it still is the one that was started under this ID.
running() {
  pid=$(cat "$noted" 2>/dev/null) || return 1
  tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "SERVER_ID=$id"
}

case $what in
start)
  export SERVER_ID="$id"
  # The shell notes its own number and then becomes the server.
  setsid sh -c 'echo $$ >"$1"; shift; exec "$@"' - "$noted" "$@" >"$folder/$id.log" 2>&1 &
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$noted" ] && exit 0
    sleep 0.1
  done
  exit 2
  ;;
poll)
  running
  ;;
stop)
  for signal in TERM KILL; do
    for _ in $(seq 50); do
      running || break 2
      [ "${sent:-}" = "$signal" ] || kill "-$signal" "$pid"
      sent=$signal
      sleep 0.1
    done
  done
  running && exit 2
  rm -f "$noted"
  ;;
*)
  echo "usage: $0 FOLDER start|poll|stop ID [COMMAND…]" >&2
  exit 64
  ;;
esac
