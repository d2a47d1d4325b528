/** What templates of systemd units may name. */
export interface UnitNames {
  readonly USERNAME: string
  readonly USERID: string
  readonly SERVERNAME: string
}

/** Other braces stay: arguments of a server may hold JSON. */
export function expand(template: string, names: UnitNames): string {
  return template.replace(/\{(USERNAME|USERID|SERVERNAME)\}/g, (_match, name: keyof UnitNames) => names[name])
}
