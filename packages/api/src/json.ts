export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

/** A JSON object as it is stored in a column or sent over the wire. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}
