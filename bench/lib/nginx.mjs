import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './proxies.mjs'

/** nginx before one target, WebSockets included, as what is near the limit of the machine. Undefined where there is none. */
export async function startNginx(targetPort) {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-bench-'))
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 65536; }
worker_rlimit_nofile 131072;
http {
  access_log off; ${temporary.map((name, i) => `${name}_temp_path ${folder}/t${i};`).join(' ')}
  server { listen 127.0.0.1:${port} backlog=4096; location / {
    proxy_pass http://127.0.0.1:${targetPort}; proxy_http_version 1.1; proxy_read_timeout 1h;
    proxy_set_header Connection Upgrade; proxy_set_header Upgrade $http_upgrade; } }
}`,
  )
  const command = ['nginx', '-c', join(folder, 'nginx.conf'), '-p', folder]
  if (cpus().length > 1) command.unshift('taskset', '-c', '0')
  const child = spawn(command[0], command.slice(1), { stdio: 'ignore' })
  let isThere = true
  child.on('error', () => (isThere = false))
  child.on('exit', () => (isThere = false))
  for (let tries = 0; tries < 100 && isThere; tries++) {
    const probe = connect(port, '127.0.0.1')
    const isOpen = await Promise.race([once(probe, 'connect'), once(probe, 'error')]).then(
      () => true,
      () => false,
    )
    probe.destroy()
    if (isOpen) break
    await wait(50)
  }
  const stop = async () => {
    if (isThere) {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  if (isThere) return { name: 'nginx', port, pid: child.pid, stop }
  await stop()
  return undefined
}
