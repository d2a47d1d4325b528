import { z } from 'zod'

/** What Python calls false, and the hub therefore takes as "nothing given": no body, `null`, `{}`, `[]`, `0`, `""`, `false`. */
export function isNothing(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** A body that may be left out; the handler is given `null` for every form of nothing. */
export const optionalBody = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (isNothing(value) ? null : value), schema.nullable())

/** A body that may be left out; every form of nothing is read as `{}`. */
export const bodyOrEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (isNothing(value) ? {} : value), schema)

/** A JSON object with whatever members. */
export const jsonObject = z.record(z.string(), z.unknown())

export const nameList = z.array(z.string())
