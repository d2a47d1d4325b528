export default (c) => {
  // The password stays out of this file: postgresql://hub:password@127.0.0.1:5432/jupyterhub
  c.JupyterHub.db_url = process.env.HUB_DATABASE_URL
  // Connections at once.
  c.JupyterHub.db_kwargs = { pool_size: 10 }

  c.JupyterHub.bind_url = 'http://127.0.0.1:8000/'
  c.JupyterHub.authenticator_class = 'shared-password'
  c.SharedPasswordAuthenticator.user_password = 'change-this-password'
  c.Authenticator.allow_all = true
  c.JupyterHub.spawner_class = 'simple'
  c.SimpleLocalProcessSpawner.home_dir_template = 'homes/{username}'
}
