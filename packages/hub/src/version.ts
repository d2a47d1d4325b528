export { wireVersion } from '@hub/api/base'

/** Release of this hub itself. */
export const hubVersion = '0.1.0'
