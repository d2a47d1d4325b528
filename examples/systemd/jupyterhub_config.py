# The accounts of this machine log in with their passwords, and servers run as them.
c.JupyterHub.authenticator_class = 'pam'
c.JupyterHub.spawner_class = 'localprocess'
c.JupyterHub.db_url = 'sqlite:////var/lib/jupyterhub/jupyterhub.sqlite'
c.JupyterHub.cookie_secret_file = '/var/lib/jupyterhub/cookie_secret'

# The proxy is a service of its own. Notebooks stay open while the hub is started again.
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:8001'
c.JupyterHub.cleanup_servers = False
