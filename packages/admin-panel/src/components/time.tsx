import { useEffect, useState } from 'react'
import { t } from '../messages.js'

const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 365.25 * 86_400],
  ['month', 30.44 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

// Making these takes longer than all that a page of the table does with them.
const formats = new Map<string, { readonly relative: Intl.RelativeTimeFormat; readonly exact: Intl.DateTimeFormat }>()

function formatsFor(language: string) {
  const known = formats.get(language)
  if (known !== undefined) return known
  const made = {
    relative: new Intl.RelativeTimeFormat(language, { numeric: 'auto' }),
    exact: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }),
  }
  formats.set(language, made)
  return made
}

/** `3 minutes ago`, in the language of the page. */
export function relative(time: Date, nowMs: number): string {
  const seconds = (time.getTime() - nowMs) / 1_000
  const format = formatsFor(document.documentElement.lang).relative
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit)
  }
  return t('just now')
}

/** One clock for all times on the page. */
let nowMs = Date.now()
const listeners = new Set<(nowMs: number) => void>()
window.setInterval(() => {
  nowMs = Date.now()
  for (const listener of listeners) listener(nowMs)
}, 20_000)

/** A time of the REST API, relative to now; the exact one on hover. */
export function Time({ at }: { readonly at: string | null | undefined }) {
  const [now, setNow] = useState(nowMs)
  useEffect(() => {
    listeners.add(setNow)
    return () => void listeners.delete(setNow)
  }, [])
  if (at === null || at === undefined) return <span className="text-muted">{t('Never')}</span>
  const time = new Date(at)
  return (
    <time dateTime={at} title={formatsFor(document.documentElement.lang).exact.format(time)}>
      {relative(time, Math.max(now, Date.now() - 20_000))}
    </time>
  )
}
