export interface KnownDifference {
  /** In the calls of this scenario… */
  readonly scenario: string
  /** …that look like this. */
  readonly call: RegExp
  /** Part of an answer that may differ; default: all of it. */
  readonly at?: RegExp
  readonly because: string
}

/** Where this hub answers otherwise than Python's, on purpose. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    scenario: 'methodsAndPaths',
    call: /^(PUT|POST|PATCH|DELETE) \/(health|metrics|oauth2\/authorize) /,
    because: 'a method that a page does not have is 405, whoever asks, and never a missing XSRF token',
  },
  {
    scenario: 'methodsAndPaths',
    call: /^OPTIONS \/(health|metrics|oauth2\/authorize) ?/,
    because: 'OPTIONS is 200 on every known path below the API, also on those of pages',
  },
  {
    scenario: 'monitoring',
    call: /^(POST|OPTIONS|HEAD) \/hub\/(api\/)?(health|metrics)/,
    because: 'the same, of the pages outside the API; there HEAD is answered like GET',
  },
  {
    scenario: 'credentials',
    call: /^GET \/info/,
    at: /\.(python|sys_executable)$/,
    because: 'the runtime is another one',
  },
  {
    scenario: 'credentials',
    call: /^GET \/user( as (admin-services|read-services|everything))?$/,
    at: /\.(display|info|url)$/,
    because: 'a service without these has their defaults, not null',
  },
  {
    scenario: 'authorizations',
    call: /^look up a service/,
    at: /\.(display|info|url)$/,
    because: 'a service without these has their defaults, not null',
  },
  {
    scenario: 'credentials',
    call: /include_stopped_servers/,
    at: /\.servers\./,
    because: 'the default server has a row once somebody asks for it, not once its user is looked at',
  },
  {
    scenario: 'changingUsers',
    call: /include_stopped_servers/,
    at: /\.servers\./,
    because: 'the default server has a row once somebody asks for it, not once its user is looked at',
  },
  {
    scenario: 'activity',
    call: /"servers":\{"":/,
    because: 'the default server has a row once somebody asks for it, not once its user is looked at',
  },
  {
    scenario: 'namedServers',
    call: /^GET \/users\/nora\/servers?\/(three\/)?progress/,
    because: 'a server that was never started has no progress, whether its user was looked at or not',
  },
  {
    scenario: 'readingUsers',
    call: /limit=1_0/,
    because: 'an underscore is part of no integer',
  },
  { scenario: 'readingUsers', call: /state= /, because: 'an empty state is none of the three' },
  {
    scenario: 'readingUsers',
    call: /x-forwarded-proto/,
    at: /\.url$/,
    because: 'the address of the next page has the scheme that the client used, through however many proxies',
  },
  {
    scenario: 'groups',
    call: /^POST \/groups\/made-\d "(\[\]|false)"$/,
    because: 'every form of nothing is no model, as everywhere else',
  },
  {
    scenario: 'groups',
    call: /"groups":("g8"|\[1\])/,
    because: 'a text is no list of names, and a number no name',
  },
  {
    scenario: 'services',
    call: /new-10/,
    because: 'a token that is in use already is refused instead of dropped',
  },
  {
    scenario: 'services',
    call: /^GET \/services$/,
    at: /\.new-(8|10)$/,
    because: 'what is refused leaves nothing behind',
  },
  {
    scenario: 'tokens',
    call: /"(note":3|expires_in":(0|true))\}$/,
    because: 'a note is a text, 0 seconds are no limit, and true is no number',
  },
  {
    scenario: 'namedServers',
    call: /"display_name":" bad"/,
    because: 'a display name must be valid whenever it is set',
  },
  {
    scenario: 'namedServers',
    call: /"\{\\"remove\\": (1|\\"x\\")\}"$/,
    because: 'remove is a boolean',
  },
  {
    scenario: 'namedServers',
    call: /^(GET|PATCH) \/users\/nora\/server/,
    at: /\.(state|user_options)$/,
    because: 'what was never set is an empty object, and not null now and then',
  },
  {
    scenario: 'namedServers',
    call: /^GET \/users\/nora\/server$/,
    at: /\.user_options\.c$/,
    because: 'options that were changed are shown at once',
  },
  {
    scenario: 'oauthTokens',
    call: /code=x&code=y|refresh_token/,
    because: 'a parameter that comes twice is said to, and a grant type that does not exist comes before the client',
  },
  {
    scenario: 'authorizing',
    call: /scope=$/,
    because: 'an empty scope is none, and asks for all that the client may have',
  },
  {
    scenario: 'monitoring',
    call: /^csp-report $/,
    because: 'browsers send reports without an XSRF token',
  },
  {
    scenario: 'cookieCallers',
    call: /^DELETE \/users(\/ada\/tokens)? as nobody \{"origin/,
    because: 'a method that a path does not have is 405, whoever asks, and never a missing XSRF token',
  },
  {
    scenario: 'changingUsers',
    call: /^PATCH \/users\/cleo \{"(groups|roles)":\[\]\}$/,
    because: 'groups and roles are not changed here, and nobody is to think they were',
  },
  {
    scenario: 'stoppedServers',
    call: /^PUT /,
    because: 'an editor that saves with PUT is told that the server is gone, as with other methods',
  },
  {
    scenario: 'stoppedServers',
    call: / as (sam|nothing)/,
    at: /\.(cookies|type|body)/,
    because: 'a token makes no browser session, and an error has a page',
  },
  {
    scenario: 'changingUsers',
    call: /^POST \/users \{"usernames":(\["Zed","amy","zed"\]|"ada")\}$/,
    because: 'a user is made once, and a text is no list of names',
  },
  {
    scenario: 'oddBodies',
    call: /__proto__$/,
    at: /\.properties/,
    because: 'no object here has a key that programs take for something else',
  },
  {
    scenario: 'oddBodies',
    call: /multipart/,
    because: 'a body is JSON whatever its type says, and is not looked at as a form first',
  },
  { scenario: 'oddValues', call: /expires_in\\?":1e3/, because: 'JSON has one kind of number: 1e3 is 1000' },
  {
    scenario: 'oddValues',
    call: /"last_activity":"(2026|\u0662.*)"/,
    because: 'a year alone is no time, and other digits than 0 to 9 are not read',
  },
  {
    scenario: 'oddNames',
    call: /^(GET server|stopped server) of /,
    at: /\.(state|user_options|message)$/,
    because: 'what was never set is an empty object; an address in a message is one that can be followed',
  },
  {
    scenario: 'oddNames',
    call: /^POST \/users .*a\\+nb/,
    because: 'a name with a line break in it could forge lines of logs',
  },
  {
    scenario: 'oddQueries',
    call: /%D9%A1|sort=admin|name_filter=%ff/,
    because:
      'other digits than 0 to 9 are not read, the admin panel sorts by more, and a byte that is no text is no error',
  },
  {
    scenario: 'oddQueries',
    call: /offset=9{9,}/,
    because: 'far behind the end there is nothing',
  },
  {
    scenario: 'oddQueries',
    call: /^DELETE .*\?(code|id)=(%00)?$/,
    because: 'an argument without value must not delete all that there is',
  },
  { scenario: 'misusedCodes', call: /with an empty verifier/, because: 'an empty verifier is none' },
]
