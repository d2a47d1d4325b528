c.JupyterHub.bind_url = 'http://127.0.0.1:8000'
c.JupyterHub.authenticator_class = 'pam'

# Each server is a unit of its own, which systemd keeps to its limits.
c.JupyterHub.spawner_class = 'systemdspawner.SystemdSpawner'
c.SystemdSpawner.mem_limit = '2G'
c.SystemdSpawner.cpu_limit = 1.5
c.SystemdSpawner.unit_extra_properties = {'TasksMax': '500'}
# All servers together are kept to the limits of this slice.
c.SystemdSpawner.slice = 'jupyter.slice'

# Of the host a server can write to the home of its user, and to a /tmp of its own.
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.isolate_devices = True
c.SystemdSpawner.readonly_paths = ['/']
c.SystemdSpawner.readwrite_paths = ['/home/{USERNAME}']
