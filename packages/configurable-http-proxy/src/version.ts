/** Release of configurable-http-proxy whose behaviour this proxy has. */
export const version = '5.3.0'
