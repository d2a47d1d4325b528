import { kind, trait } from '@hub/config'

const wholeSeconds = 's'

/** How servers are started, listed and found. */
export const serverTraits = {
  spawner_class: trait.classRef<unknown>('spawner', {
    default: 'localprocess',
    help: "What starts users' servers: localprocess (as the system user of that name), simple (as the hub's own user), or a class of yours (module#Class).",
  }),
  allow_named_servers: trait.bool({ default: false, help: 'Let users have more than one server, each with a name.' }),
  named_server_limit_per_user: trait.oneOf(
    [kind.int, kind.callable<(user: { readonly name: string }) => number | Promise<number>>()],
    { default: 0, help: 'Named servers a user may have, or a function of the user that says so; 0: any number.' },
  ),
  allow_existing_invalid_named_servers: trait.enumeration(['allow-start', 'allow-delete', 'autorename'], {
    default: 'allow-start',
    since: '6.0',
    help: 'What becomes of named servers whose names were allowed before release 6: allow-start lets them be used on, allow-delete only stopped and deleted, autorename gives them a new name at the start of the hub.',
  }),
  default_server_name: trait.str({
    default: '',
    help: 'Named server that links made for everybody (user-redirect) lead to.',
  }),
  concurrent_spawn_limit: trait.int({
    default: 100,
    help: 'Servers that may be starting at once; more are asked to wait. 0: no limit.',
  }),
  spawn_throttle_retry_range: trait.list(kind.int, {
    default: [30, 60],
    unit: wholeSeconds,
    help: 'Bounds of the wait suggested to those above concurrent_spawn_limit.',
    validate: (range) => (range.length === 2 ? undefined : 'Give two numbers, the shortest and the longest wait.'),
  }),
  active_server_limit: trait.int({ default: 0, help: 'Servers that may be active at once; 0: no limit.' }),
  init_spawners_timeout: trait.int({
    default: 10,
    unit: wholeSeconds,
    help: 'How long the start waits for the check of servers that were running; the rest goes on in the background. -1: as long as it takes.',
  }),
  implicit_spawn_seconds: trait.float({
    default: 0,
    unit: wholeSeconds,
    help: 'The page of a stopped server starts it by itself after this time; 0: never.',
  }),
  redirect_to_server: trait.bool({
    default: true,
    help: 'Lead people to their server after login, rather than to the home page.',
  }),
  default_url: trait.oneOf([kind.callable<(request: unknown) => string | Promise<string>>(), kind.str], {
    default: '',
    help: 'Where people land after login instead; a path, or a function of the request. Empty: by redirect_to_server.',
  }),
  user_redirect_hook: trait.callable<
    (path: string, request: unknown, user: unknown, baseUrl: string) => string | null | Promise<string | null>
  >({
    default: null,
    nullable: true,
    help: 'Function that decides where /hub/user-redirect/… leads; null from it means the usual place.',
  }),
  shutdown_on_logout: trait.bool({ default: false, help: "Stop a user's servers when they log out." }),
  use_legacy_stopped_server_status_code: trait.bool({
    default: false,
    help: 'Answer 503 instead of 424 for servers that are not running (JupyterLab before 3.2).',
  }),
  activity_resolution: trait.int({
    default: 30,
    unit: wholeSeconds,
    help: 'Activity that is this much newer than what is stored, or less, is not written.',
  }),
  last_activity_interval: trait.int({
    default: 300,
    unit: wholeSeconds,
    help: 'How often activity is fetched from the proxy and its routes are checked; 0: never.',
  }),
  active_user_window: trait.int({
    default: 1800,
    unit: wholeSeconds,
    help: 'Users active within this time count as active in the log.',
  }),
  api_page_default_limit: trait.int({
    default: 50,
    help: 'Entries on a page of the API, for clients that ask for pages.',
  }),
  api_page_max_limit: trait.int({ default: 200, help: 'Most entries in one answer of the API.' }),
  service_check_interval: trait.int({
    default: 60,
    unit: wholeSeconds,
    help: 'How often services with a URL are checked; 0: never.',
  }),
}
