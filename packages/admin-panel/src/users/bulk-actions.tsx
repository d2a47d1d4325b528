import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Confirm } from '../components/dialog.js'
import { useNotices } from '../components/notices.js'
import { formatNumber, t } from '../messages.js'
import { type BulkKind, type BulkProgress, runBulk } from './bulk.js'
import type { UserView } from './user-view.js'

interface BulkActionsProps {
  readonly view: UserView
  /** Users that match, on all pages. */
  readonly total: number
}

/** Start and stop the servers of everybody who matches the filters. */
export function BulkActions({ view, total }: BulkActionsProps) {
  const [asks, setAsks] = useState<BulkKind | undefined>()
  const [progress, setProgress] = useState<(BulkProgress & { readonly kind: BulkKind }) | undefined>()
  const cancel = useRef<AbortController | undefined>(undefined)
  const notices = useNotices()
  const queries = useQueryClient()
  useEffect(() => () => cancel.current?.abort(), [])

  const begin = async (kind: BulkKind): Promise<void> => {
    const abort = new AbortController()
    cancel.current = abort
    let last: BulkProgress = { total: undefined, done: 0, failures: [] }
    setProgress({ kind, ...last })
    try {
      await runBulk(
        kind,
        view,
        (now) => {
          last = now
          setProgress({ kind, ...now })
        },
        abort.signal,
      )
      notices.done(
        t(kind === 'start' ? '{n} servers were asked to start.' : '{n} servers were asked to stop.', {
          n: last.done - last.failures.length,
        }),
      )
    } catch (error) {
      if (!abort.signal.aborted) notices.failed(error instanceof Error ? error.message : String(error))
      else notices.done(t('Cancelled after {n} servers.', { n: last.done }))
    }
    setProgress(undefined)
    if (last.failures.length > 0) {
      const shown = last.failures.slice(0, 10).join('; ')
      notices.failed(
        t('{n} servers failed. Are they already running? {list}', { n: last.failures.length, list: shown }),
      )
    }
    void queries.invalidateQueries()
  }

  if (progress !== undefined) {
    return (
      <span className="panel-bulk" role="status">
        <label>
          {t(progress.kind === 'start' ? 'Starting servers' : 'Stopping servers')}{' '}
          {progress.total === undefined ? '…' : `${formatNumber(progress.done)} / ${formatNumber(progress.total)}`}
          <progress
            {...(progress.total === undefined ? {} : { max: Math.max(1, progress.total), value: progress.done })}
          />
        </label>
        <button type="button" className="btn btn-sm btn-default" onClick={() => cancel.current?.abort()}>
          {t('Cancel')}
        </button>
      </span>
    )
  }
  return (
    <>
      <button type="button" className="btn btn-default" disabled={total === 0} onClick={() => setAsks('start')}>
        {t('Start All')}
      </button>
      <button type="button" className="btn btn-default" disabled={total === 0} onClick={() => setAsks('stop')}>
        {t('Stop All')}
      </button>
      {asks !== undefined && (
        <Confirm
          title={t(asks === 'start' ? 'Start All' : 'Stop All')}
          action={t(asks === 'start' ? 'Start' : 'Stop')}
          onClose={() => setAsks(undefined)}
          onConfirm={() => void begin(asks)}
        >
          <p>
            {t(
              asks === 'start'
                ? 'Start the default server of all {n} users that match the filters?'
                : 'Stop every server of all {n} users that match the filters? Unsaved work in them may be lost.',
              { n: formatNumber(total) },
            )}
          </p>
        </Confirm>
      )}
    </>
  )
}
