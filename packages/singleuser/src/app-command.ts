import { AppStartError } from './errors.js'

/** Where the app listens, for the words in braces of its command. */
export interface AppPlace {
  readonly host: string
  readonly port: number
  readonly socket: string
  /** As the app sees itself: `/`, or the prefix with a slash at its end. */
  readonly baseUrl: string
}

const SECRETS = ['JUPYTERHUB_API_TOKEN', 'JPY_API_TOKEN']

/** The command with `{port}`, `{host}`, `{socket}` and `{base_url}` filled in; `{{` and `}}` are braces. @throws AppStartError */
export function appCommand(command: readonly string[], place: AppPlace): string[] {
  const values: Readonly<Record<string, string>> = {
    ...{ host: place.host, port: String(place.port), socket: place.socket, base_url: place.baseUrl },
    prefix: place.baseUrl.replace(/\/$/, ''),
  }
  return command.map((word) =>
    word.replace(/\{\{|\}\}|\{([a-z_]+)\}/g, (match, name?: string) => {
      if (name === undefined) return match.charAt(0)
      if (Object.hasOwn(values, name)) return values[name] ?? ''
      throw new AppStartError(
        `The command of the app has {${name}}; it may have {${Object.keys(values).join('}, {')}}. Write {{ for a brace.`,
      )
    }),
  )
}

/** Ours, with the place added, and without the server's token unless the app is to have it. */
export function appEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  place: AppPlace,
  shareToken: boolean,
): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && (shareToken || !SECRETS.includes(name))) environment[name] = value
  }
  return place.socket === '' ? { ...environment, PORT: String(place.port) } : environment
}
