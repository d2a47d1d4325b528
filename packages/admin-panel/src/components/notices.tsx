import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'
import { t } from '../messages.js'

interface Notice {
  readonly id: number
  readonly kind: 'done' | 'failed'
  readonly text: string
}

interface Notices {
  /** Something went well; the notice goes by itself. */
  readonly done: (text: string) => void
  /** Something did not; the notice stays until it is closed. */
  readonly failed: (text: string) => void
}

const Context = createContext<Notices>({ done: () => {}, failed: () => {} })

export const useNotices = (): Notices => useContext(Context)

/** How long a notice that all went well stays. */
const shownForMs = 6_000

export function NoticesProvider({ children }: { readonly children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Notice[]>([])
  const last = useRef(0)
  const close = useCallback((id: number) => {
    setNotices((now) => now.filter((notice) => notice.id !== id))
  }, [])
  const value = useMemo<Notices>(() => {
    const add = (kind: Notice['kind'], text: string): void => {
      const id = ++last.current
      setNotices((now) => [...now.filter((notice) => notice.text !== text), { id, kind, text }].slice(-5))
      if (kind === 'done') window.setTimeout(() => close(id), shownForMs)
    }
    return { done: (text) => add('done', text), failed: (text) => add('failed', text) }
  }, [close])
  return (
    <Context value={value}>
      {children}
      <div className="panel-notices">
        <div role="status">
          {notices
            .filter(({ kind }) => kind === 'done')
            .map((notice) => (
              <p key={notice.id} className="alert alert-success panel-notice">
                {notice.text}
              </p>
            ))}
        </div>
        {notices
          .filter(({ kind }) => kind === 'failed')
          .map((notice) => (
            <div key={notice.id} className="alert alert-danger panel-notice" role="alert">
              <span>{notice.text}</span>
              <button type="button" className="btn btn-sm" onClick={() => close(notice.id)}>
                {t('Dismiss')}
              </button>
            </div>
          ))}
      </div>
    </Context>
  )
}
