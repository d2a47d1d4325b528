import { t } from './messages.js'

const lookEveryMs = 2000

const waits = {
  preparations: 'it is being prepared',
  process: 'waiting for its process',
  answer: 'waiting for it to answer',
  route: 'waiting for its route',
}

/** `7 s`, `1 min 5 s`. */
export function spanInWords(seconds) {
  return seconds < 60
    ? t('{s} s', { s: seconds })
    : t('{m} min {s} s', { m: Math.floor(seconds / 60), s: seconds % 60 })
}

/**
 * Follows the start of a server: its events, how long it has been going on, and what it waits for.
 *
 * @param on - `event(event)` for each event, `tick(text)` each second, `ready(event)`, `failed(event)`, `lost()` when the
 *   hub refuses to tell more
 * @returns how to stop
 */
export function followStart({ api, user, server, progressUrl }, on) {
  const events = new EventSource(`${progressUrl}?_xsrf=${encodeURIComponent(api.xsrfToken)}`)
  let since = Date.now()
  let waitsFor = ''
  const tick = () => {
    const elapsed = spanInWords(Math.max(0, Math.round((Date.now() - since) / 1000)))
    on.tick?.(waitsFor === '' ? elapsed : `${elapsed} · ${waitsFor}`)
  }
  const look = async () => {
    try {
      const { body } = await api.request('GET', `servers?state=pending&user=${encodeURIComponent(user)}`)
      const found = body.items.find((item) => item.user === user && item.name === server)
      if (found?.pending !== 'spawn') return
      since = Math.min(since, Date.parse(found.since))
      waitsFor = t(waits[found.waits_for] ?? '')
      tick()
    } catch {
      // The events are what counts; this only adds to them.
    }
  }
  const timers = [setInterval(tick, 1000), setInterval(look, lookEveryMs)]
  const stop = () => {
    events.close()
    timers.forEach(clearInterval)
  }
  tick()
  void look()
  events.addEventListener('message', ({ data }) => {
    const event = JSON.parse(data)
    on.event?.(event)
    if (!event.ready && !event.failed) return
    stop()
    if (event.ready) on.ready?.(event)
    else on.failed?.(event)
  })
  events.addEventListener('error', () => {
    // While it is connecting again the browser takes care; a refusal is final.
    if (events.readyState !== EventSource.CLOSED) return
    stop()
    on.lost?.()
  })
  return stop
}
