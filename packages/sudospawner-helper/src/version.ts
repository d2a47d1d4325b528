/** Release of the helper. */
export const version = '0.1.0'
