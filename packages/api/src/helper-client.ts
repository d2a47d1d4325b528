// Apart from the contracts, so that who serves the API does not load undici.
export { HelperApiClient, type HelperApiClientOptions, type StopStep } from './helper/client.js'
export { HelperAnswerError, HelperUnreachableError } from './helper/client-errors.js'
