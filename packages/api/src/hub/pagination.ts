import { z } from 'zod'

/** The element of the `Accept` header with which a client asks for the pagination envelope. */
export const PAGINATION_MEDIA_TYPE = 'application/jupyterhub-pagination+json'

/** An integer in a query; its sign is dropped, as the reference hub does. Beyond what databases can count, it is the largest. */
const wholeNumber = z
  .string()
  .regex(/^\s*[+-]?\d+\s*$/, 'must be an integer')
  .transform((text) => Math.min(Math.abs(Number.parseInt(text, 10)), Number.MAX_SAFE_INTEGER))

// How it is documented: the text that a query consists of is not worth mentioning.
const asInteger = { type: 'integer', pattern: undefined } as const

/** Bounds that depend on the hub's settings are applied by the handler. */
export const pageQuery = z.looseObject({
  offset: wholeNumber.optional().meta({ ...asInteger, description: 'How many entries to skip.' }),
  limit: wholeNumber
    .optional()
    .meta({ ...asInteger, description: 'How many entries to return at most; bounded by the hub.' }),
})

/** `?include_stopped_servers`: true when present with anything but `0` or `false`, also when bare. */
export const queryFlag = z.string().transform((text) => !['0', 'false'].includes(text.toLowerCase()))

/** A time in a query. */
export const queryTime = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'must be a time such as 2026-01-31T12:00:00Z')
  .transform((text) => new Date(text))

export const pageInfo = z
  .object({
    offset: z.int(),
    limit: z.int(),
    total: z.int().meta({ description: 'Entries of the whole query, before paging.' }),
    next: z
      .object({ offset: z.int(), limit: z.int(), url: z.string() })
      .nullable()
      .meta({ description: 'Where the following page is, null on the last one.' }),
  })
  .meta({ id: 'PageInfo' })

export type PageInfo = z.output<typeof pageInfo>

/** The pagination envelope around `items`. */
export const envelope = <Items extends z.ZodType>(items: Items) => z.object({ items, _pagination: pageInfo })

/** The bare items, or the envelope around them for clients that ask for it. */
export const paged = <Items extends z.ZodType>(items: Items) => z.union([items, envelope(items)])
