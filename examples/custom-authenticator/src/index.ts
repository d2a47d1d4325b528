// The default export is what the bare name of the package stands for in JupyterHub.authenticator_class.
export { PasswordFileAuthenticator as default } from './password-file-authenticator.js'
export { PasswordFileAuthenticator, passwordFileConfigurable } from './password-file-authenticator.js'
