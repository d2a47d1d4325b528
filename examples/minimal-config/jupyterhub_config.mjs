// A hub for a handful of people who trust each other. The same in Python and YAML stands beside this file.
export default (c) => {
  // Everybody reaches the hub here. Only this machine does, until you write another address.
  c.JupyterHub.bind_url = 'http://127.0.0.1:8000/'

  // Any name with the first password; the names in admin_users with the second. Change both.
  c.JupyterHub.authenticator_class = 'shared-password'
  c.SharedPasswordAuthenticator.user_password = 'change-this-password'
  c.SharedPasswordAuthenticator.admin_password = 'change-this-password-of-the-admins'
  c.Authenticator.admin_users = ['admin']

  // Nobody may log in unless this, or allowed_users, says so.
  c.Authenticator.allow_all = true

  // Servers run as the account of the hub, each with a home of its own: nobody is protected from anybody.
  c.JupyterHub.spawner_class = 'simple'
  c.SimpleLocalProcessSpawner.home_dir_template = 'homes/{username}'
}
