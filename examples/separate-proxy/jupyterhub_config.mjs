export default (c) => {
  // The proxy is somebody else's to start and stop. Both find their common secret in CONFIGPROXY_AUTH_TOKEN.
  c.ConfigurableHTTPProxy.should_start = false
  c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:8001'

  // Where the proxy listens for people, for links and log lines.
  c.JupyterHub.bind_url = 'http://127.0.0.1:8000/'

  // Where the proxy and the servers reach the hub. On two hosts: an address of the hub's host, and a firewall around it.
  c.JupyterHub.hub_ip = '127.0.0.1'
  c.JupyterHub.hub_port = 8081

  // A restart of the hub stops nobody's server.
  c.JupyterHub.cleanup_servers = false

  c.JupyterHub.authenticator_class = 'shared-password'
  c.SharedPasswordAuthenticator.user_password = 'change-this-password'
  c.Authenticator.allow_all = true
  c.JupyterHub.spawner_class = 'simple'
  c.SimpleLocalProcessSpawner.home_dir_template = 'homes/{username}'
}
