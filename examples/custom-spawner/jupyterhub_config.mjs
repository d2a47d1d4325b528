import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export default (c) => {
  c.JupyterHub.bind_url = 'http://127.0.0.1:8000/'
  c.JupyterHub.authenticator_class = 'shared-password'
  c.SharedPasswordAuthenticator.user_password = 'change-this-password'
  c.Authenticator.allow_all = true

  // The path is relative to this file; after "#" comes the name of the export.
  c.JupyterHub.spawner_class = './src/script-spawner.ts#ScriptSpawner'
  c.ScriptSpawner.script = [fileURLToPath(new URL('servers.sh', import.meta.url)), resolve('servers')]
}
