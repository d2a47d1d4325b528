// The few things every package needs at run time, apart from the contracts: importing this loads no schema library.
export * from './coded-error.js'
export * from './json.js'
export * from './known-across-copies.js'
export * from './log.js'
export * from './wire-version.js'
