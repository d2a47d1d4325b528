import { parseScope } from '@hub/api'

/**
 * Whether a visitor who holds these scopes may come in: one of the required scopes is held, or one that covers it. The hub
 * has resolved groups already, so a scope for a group tells nothing here.
 */
export function mayEnter(held: readonly string[], required: readonly string[]): boolean {
  return required.some((scope) => held.some((each) => covers(each, scope)))
}

function covers(heldText: string, requiredText: string): boolean {
  if (heldText === requiredText) return true
  const [held, required] = [parseScope(heldText), parseScope(requiredText)]
  if (held === undefined || required === undefined || held.base !== required.base) return false
  if (held.filterText === undefined) return true
  // All servers of a user: `user=ada` covers `server=ada/lab`, and no server of `ada/b`.
  const { filter } = required
  if (held.filter?.kind !== 'user' || filter?.kind !== 'server') return false
  const slash = filter.value.lastIndexOf('/')
  return filter.value.slice(0, slash) === held.filter.value
}
