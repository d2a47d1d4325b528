import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

export default (c) => {
  c.JupyterHub.bind_url = 'http://127.0.0.1:8000'

  // A trial: everybody who knows this password gets in, and servers run as the account of the hub.
  c.JupyterHub.authenticator_class = 'shared-password'
  c.Authenticator.allow_all = true
  c.SharedPasswordAuthenticator.user_password = 'change-this-password'
  c.JupyterHub.spawner_class = 'simple'

  // Instead of Jupyter. The app is told its port by the variable PORT, or by {port} in its command.
  c.Spawner.cmd = [here('../../node_modules/.bin/hub-singleuser'), '--', process.execPath, here('guestbook.mjs')]
}
