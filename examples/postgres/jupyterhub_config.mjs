export default (c) => {
  // The password stays out of this file: postgresql://jupyterhub:password@127.0.0.1:5432/jupyterhub
  c.JupyterHub.db_url = process.env.HUB_DATABASE_URL
  // Connections at once.
  c.JupyterHub.db_kwargs = { pool_size: 10 }

  // What the hub writes; only its account may look into the folder. This file belongs to /etc/jupyterhub.
  c.JupyterHub.cookie_secret_file = '/srv/jupyterhub/jupyterhub_cookie_secret'
  c.JupyterHub.pid_file = '/srv/jupyterhub/jupyterhub.pid'
  c.ConfigurableHTTPProxy.pid_file = '/srv/jupyterhub/jupyterhub-proxy.pid'

  c.JupyterHub.bind_url = 'http://127.0.0.1:8000/'
  c.JupyterHub.authenticator_class = 'shared-password'
  c.SharedPasswordAuthenticator.user_password = 'change-this-password'
  c.Authenticator.allow_all = true
  c.JupyterHub.spawner_class = 'simple'
  c.SimpleLocalProcessSpawner.home_dir_template = '/srv/jupyterhub/homes/{username}'
}
