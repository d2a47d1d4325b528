c.JupyterHub.bind_url = 'http://127.0.0.1:8000'

# A trial: everybody who knows this password gets in. Containers need no accounts on the host.
c.JupyterHub.authenticator_class = 'shared-password'
c.Authenticator.allow_all = True
c.SharedPasswordAuthenticator.user_password = 'change-this-password'

c.JupyterHub.spawner_class = 'dockerspawner.DockerSpawner'
c.DockerSpawner.image = 'jupyterhub/singleuser:6.0'
# What a user makes is kept in a volume; the container is made anew at each start.
c.DockerSpawner.volumes = {'jupyterhub-user-{username}': '/home/jovyan/work'}
c.DockerSpawner.remove = True
c.DockerSpawner.mem_limit = '2G'
c.DockerSpawner.cpu_limit = 1.5
c.DockerSpawner.extra_host_config = {'cap_drop': ['ALL'], 'security_opt': ['no-new-privileges'], 'pids_limit': 500}
# The first start may have to fetch the image.
c.Spawner.start_timeout = 300

# The address of the host in Docker's network: containers reach the hub there, and nobody outside does.
c.JupyterHub.hub_ip = '172.17.0.1'
