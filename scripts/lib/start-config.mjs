import { join } from 'node:path'

/**
 * The hub's configuration for `npm start`: any name with the shared password, servers as the present user.
 *
 * @param {{
 *   ip: string,
 *   port: number,
 *   hubPort: number,
 *   proxyApiPort: number,
 *   userPassword: string,
 *   adminPassword: string,
 *   singleuser: readonly string[],
 *   proxyCommand: readonly string[],
 *   stateDir: string,
 *   isRoot: boolean,
 * }} facts
 */
export function startConfig(facts) {
  return {
    JupyterHub: {
      bind_url: `http://${facts.ip.includes(':') ? `[${facts.ip}]` : facts.ip}:${facts.port}`,
      hub_ip: '127.0.0.1',
      hub_port: facts.hubPort,
      db_url: `sqlite:///${join(facts.stateDir, 'jupyterhub.sqlite')}`,
      cookie_secret_file: join(facts.stateDir, 'jupyterhub_cookie_secret'),
      pid_file: join(facts.stateDir, 'jupyterhub.pid'),
      authenticator_class: 'shared-password',
      spawner_class: 'simple',
      // Ctrl-C ends all that was started.
      cleanup_servers: true,
      cleanup_proxy: true,
    },
    Authenticator: { allow_all: true, admin_users: ['admin'] },
    SharedPasswordAuthenticator: { user_password: facts.userPassword, admin_password: facts.adminPassword },
    ConfigurableHTTPProxy: {
      command: facts.proxyCommand,
      api_url: `http://127.0.0.1:${facts.proxyApiPort}`,
      pid_file: join(facts.stateDir, 'jupyterhub-proxy.pid'),
    },
    Spawner: {
      cmd: facts.singleuser,
      // Jupyter refuses to run as root unless it is told to.
      args: facts.isRoot ? ['--allow-root'] : [],
      start_timeout: 120,
      http_timeout: 120,
    },
    LocalProcessSpawner: { interrupt_timeout: 5, term_timeout: 5 },
    SimpleLocalProcessSpawner: { home_dir_template: join(facts.stateDir, 'home', '{username}') },
  }
}
