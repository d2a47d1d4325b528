import type { ReactNode } from 'react'
import { t } from '../messages.js'

/** Names in little boxes: groups, roles. */
export function Chips({ names, label }: { readonly names: readonly string[] | undefined; readonly label: string }) {
  if (names === undefined || names.length === 0) return null
  return (
    <ul className="panel-chips" aria-label={label}>
      {names.map((name) => (
        <li key={name}>{name}</li>
      ))}
    </ul>
  )
}

/** What stands in place of a list that is on its way, or could not be had. */
export function Waiting({ error }: { readonly error: Error | null }) {
  if (error !== null) {
    return (
      <p className="alert alert-danger" role="alert">
        {error.message}
      </p>
    )
  }
  return (
    <p className="panel-waiting">
      <span className="spinner spinning" aria-hidden="true" /> {t('Loading…')}
    </p>
  )
}

export function PageHeading({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="panel-heading">
      <h1>{title}</h1>
      <div className="panel-buttons">{children}</div>
    </div>
  )
}

/** A word with a coloured dot. */
export function State({
  kind,
  children,
}: {
  readonly kind: 'on' | 'busy' | 'off' | 'bad'
  readonly children: ReactNode
}) {
  return (
    <span className="panel-state">
      <span className={`dot ${kind === 'off' ? '' : `dot-${kind}`}`} aria-hidden="true" />
      {children}
    </span>
  )
}
