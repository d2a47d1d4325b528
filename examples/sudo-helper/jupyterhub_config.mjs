export default (c) => {
  c.JupyterHub.bind_url = 'http://127.0.0.1:8000'

  // A trial: everybody who knows this password gets in. Their names must be accounts of the host.
  c.JupyterHub.authenticator_class = 'shared-password'
  c.Authenticator.allow_all = true
  c.SharedPasswordAuthenticator.user_password = 'change-this-password'

  // The helper of this host listens at /run/sudospawner-helper/helper.sock, as it does unless told otherwise.
  c.JupyterHub.spawner_class = 'sudo-helper'
  c.SudoHelperSpawner.helper_token = 'change-this-token'
}
