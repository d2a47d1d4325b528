#!/bin/bash
# proxy-bench.sh [NAME=COMMAND...] : requests per second and cpu per request through proxies, side by side, in turns.
# Always measured: ours, nginx and haproxy as the near-limit, and, if CHP names its program, the
# configurable-http-proxy of npm. Each further COMMAND starts another one; @P@ and @A@ in it become its ports.
# The proxy is pinned to cpu 0; the load (wrk) and the backend (nginx) share cpu 1.
set -u
ROUNDS=${ROUNDS:-3}; SECS=${SECS:-5}; CONNS=${CONNS:-64}; SIZES=${SIZES:-"small 100k"}
HERE=$(cd "$(dirname "$0")/.." && pwd)
npm run --silent --prefix "$HERE" build >/dev/null || exit 2
ARGS="--ip=127.0.0.1 --port=@P@ --api-ip=127.0.0.1 --api-port=@A@ --log-level=error"
set -- "ours=$HERE/packages/configurable-http-proxy/bin/configurable-http-proxy.js $ARGS" ${CHP:+"npm=$CHP $ARGS"} "$@"
export CONFIGPROXY_AUTH_TOKEN=benchtoken
D=$(mktemp -d "${TMPDIR:-/tmp}/proxy-bench.XXXX"); chmod 755 "$D"; pids=()
trap 'for p in "${pids[@]}"; do kill $p 2>/dev/null; done; wait 2>/dev/null; rm -rf "$D"' EXIT
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
BACKEND=$(free_port); NGINX=$(free_port); HAPROXY=$(free_port)
mkdir -p "$D/www/user/a"; printf 'hello' > "$D/www/user/a/small"; head -c 102400 /dev/zero | tr '\0' x > "$D/www/user/a/100k"
common="access_log off; keepalive_requests 100000000; client_body_temp_path $D/t1; proxy_temp_path $D/t2; fastcgi_temp_path $D/t3; uwsgi_temp_path $D/t4; scgi_temp_path $D/t5;"
cat > "$D/backend.conf" <<N
worker_processes 1; daemon off; pid $D/backend.pid; error_log $D/backend.err;
events { worker_connections 4096; }
http { $common sendfile on; tcp_nopush on;
 server { listen 127.0.0.1:$BACKEND backlog=4096; root $D/www; default_type text/plain; } }
N
taskset -c 1 nginx -c "$D/backend.conf" -p "$D" 2>/dev/null & pids+=($!)
cat > "$D/nginx.conf" <<N
worker_processes 1; daemon off; pid $D/nginx.pid; error_log $D/nginx.err;
events { worker_connections 4096; }
http { $common
 upstream backend { server 127.0.0.1:$BACKEND; keepalive 256; keepalive_requests 100000000; }
 server { listen 127.0.0.1:$NGINX backlog=4096; location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host \$http_host; proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for; } } }
N
taskset -c 0 nginx -c "$D/nginx.conf" -p "$D" 2>/dev/null & pids+=($!)
cat > "$D/haproxy.cfg" <<N
global
  maxconn 8192
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  http-reuse always
frontend f
  bind 127.0.0.1:$HAPROXY
  default_backend b
backend b
  option forwardfor
  server s 127.0.0.1:$BACKEND
N
taskset -c 0 haproxy -f "$D/haproxy.cfg" -db >/dev/null 2>&1 & pids+=($!)
names=(nginx haproxy); ports=($NGINX $HAPROXY); roots=(${pids[1]} ${pids[2]})
# Ticks of cpu used so far by a process and its children.
ticks() { local p t=0; for p in $1 $(pgrep -P $1); do t=$((t + $(awk '{print $14+$15}' /proc/$p/stat 2>/dev/null || echo 0))); done; echo $t; }
# What is this process's own of the memory, in KB, with its share of what is shared.
pss() { awk '/^Pss:/{print $2}' /proc/$1/smaps_rollup; }
for spec in "$@"; do
  n=${spec%%=*}; c=${spec#*=}; p=$(free_port); a=$(free_port); c=${c//@P@/$p}; c=${c//@A@/$a}
  taskset -c 0 bash -c "exec $c" >"$D/$n.log" 2>&1 & pids+=($!); roots+=($!); names+=("$n"); ports+=($p)
  for t in $(seq 100); do
    curl -s -o /dev/null -X POST -H 'Authorization: token benchtoken' -d "{\"target\":\"http://127.0.0.1:$BACKEND\"}" "http://127.0.0.1:$a/api/routes/user/a" && break
    [ $t = 100 ] && { echo "$n did not start"; tail -5 "$D/$n.log"; exit 2; }; sleep 0.1
  done
done
sleep 2
for k in "${!names[@]}"; do echo "idle pss_kb ${names[$k]}: $(pss ${roots[$k]})"; done
for size in $SIZES; do
  declare -A results=()
  for round in $(seq $ROUNDS); do for k in "${!names[@]}"; do
    before=$(ticks ${roots[$k]})
    out=$(taskset -c 1 wrk -t1 -c$CONNS -d${SECS}s --latency "http://127.0.0.1:${ports[$k]}/user/a/$size" 2>&1)
    rate=$(awk '/Requests\/sec/{print $2}' <<<"$out"); p99=$(awk '$1=="99%"{print $2}' <<<"$out"); bad=$(grep -E 'Non-2xx|Socket errors' <<<"$out" | tr '\n' ' ')
    count=$(awk '/requests in/{print $1}' <<<"$out"); cpu=$(( ($(ticks ${roots[$k]}) - before) * 10000 / (count > 0 ? count : 1) ))
    results[${names[$k]}]+="$rate/s,p99=$p99,${cpu}us-cpu "; [ -n "$bad" ] && results[${names[$k]}]+="($bad) "
  done; done
  for n in "${names[@]}"; do echo "$size $n: ${results[$n]}"; done
done
for k in "${!names[@]}"; do echo "pss_kb after load ${names[$k]}: $(pss ${roots[$k]})"; done
