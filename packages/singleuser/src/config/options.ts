import { defineConfigurable, type HelpRequest, trait, type ValuesOf } from '@hub/config'

/** What can be set on the command line, before `--`. */
export const hubSingleuser = defineConfigurable({
  name: 'HubSingleuser',
  help: "Puts a web app behind the hub's login.",
  traits: {
    app_port: trait.int({
      default: 0,
      help: 'Port that the app listens on, at 127.0.0.1. 0: a free one, given to it as {port} and as PORT.',
      validate: (port) => (port < 0 || port > 65535 ? 'A port is between 0 and 65535.' : undefined),
    }),
    app_socket: trait.str({
      default: '',
      help: 'Unix socket that the app listens on instead; {socket} in its command.',
    }),
    keep_prefix: trait.bool({
      default: false,
      help: 'The app gets paths as the browser asks for them, /user/ada/…; {base_url} tells it. Otherwise /user/ada is cut off.',
    }),
    ready_path: trait.str({
      default: '/',
      help: 'Path of the app that answers once it is ready, with any status below 500.',
    }),
    cache_seconds: trait.int({
      default: 60,
      unit: 's',
      help: 'How long the hub is not asked again who a visitor is: a token that was revoked may be good for this long.',
      validate: (seconds) => (seconds < 1 || seconds > 300 ? 'Between 1 and 300 seconds are expected.' : undefined),
    }),
    stop_timeout: trait.int({
      default: 10,
      unit: 's',
      help: 'How long the app has to end after SIGTERM, before it is killed with all its processes.',
    }),
    share_token: trait.bool({
      default: false,
      help: "Leave the server's API token in the environment of the app, for apps that call the hub.",
    }),
  },
})

export type SingleuserSettings = ValuesOf<typeof hubSingleuser>

export const commandLine: HelpRequest = {
  command: 'hub-singleuser',
  about: "Starts a web app and puts it behind the hub's login: a single-user server that is not Jupyter.",
  operands: '-- CMD…',
  examples: [
    { line: 'hub-singleuser -- streamlit run app.py --server.port {port}', does: 'an app that is told its port' },
    { line: 'hub-singleuser --keep-prefix -- python app.py --base {base_url}', does: 'an app that knows its prefix' },
    { line: 'hub-singleuser --app-port 8080 -- ./my-app', does: 'an app whose port is fixed' },
  ],
  classes: [hubSingleuser],
  flags: {
    'keep-prefix': { set: { 'HubSingleuser.keep_prefix': true }, help: 'Do not cut the prefix off paths.' },
    'share-token': {
      set: { 'HubSingleuser.share_token': true },
      help: 'Leave the API token in the environment of the app.',
    },
  },
  aliases: {
    'app-port': 'HubSingleuser.app_port',
    'app-socket': 'HubSingleuser.app_socket',
    'ready-path': 'HubSingleuser.ready_path',
    'cache-seconds': 'HubSingleuser.cache_seconds',
    'stop-timeout': 'HubSingleuser.stop_timeout',
  },
}
