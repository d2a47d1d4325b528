/** A host name, also where a whole address was given. */
export const hostOf = (value: unknown): string =>
  String(value)
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
