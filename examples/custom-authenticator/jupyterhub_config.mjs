export default (c) => {
  c.JupyterHub.bind_url = 'http://127.0.0.1:8000/'
  c.JupyterHub.spawner_class = 'simple'
  c.SimpleLocalProcessSpawner.home_dir_template = 'homes/{username}'

  // The path is relative to this file; after "#" comes the name of the export.
  c.JupyterHub.authenticator_class = './src/password-file-authenticator.ts#PasswordFileAuthenticator'
  c.PasswordFileAuthenticator.file = process.env.HUB_PASSWORD_FILE ?? 'users.txt'
  c.Authenticator.allow_all = true
}
