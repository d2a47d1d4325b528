c.JupyterHub.bind_url = 'http://127.0.0.1:8000'

# Accounts of the host log in with their passwords, if they are members of the group that sudo has a rule for.
c.JupyterHub.authenticator_class = 'pam'
c.LocalAuthenticator.allowed_groups = {'jupyterhub-users'}

# The very path that the rule of sudo names.
c.JupyterHub.spawner_class = 'sudospawner.SudoSpawner'
c.SudoSpawner.sudospawner_path = '/usr/local/bin/sudospawner'
