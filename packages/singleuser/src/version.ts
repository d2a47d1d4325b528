/** Release of hub-singleuser. */
export const version = '0.1.0'
