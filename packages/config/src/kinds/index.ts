import { command, dict, list, set } from './containers.js'
import { any, callable, classRef, oneOf, secret, secretBytes } from './other.js'
import { bool, bytespec, enumeration, float, int, prefix, str } from './scalars.js'

/** The kinds a trait may have; containers and `oneOf` are built of others. */
export const kind = {
  str,
  int,
  float,
  bool,
  enumeration,
  bytespec,
  prefix,
  list,
  set,
  dict,
  command,
  secret,
  secretBytes,
  callable,
  classRef,
  any,
  oneOf,
} as const
