import type { PageInfo } from '@hub/api'
import { formatNumber, t } from '../messages.js'

export const pageSizes = [25, 50, 100, 200] as const

interface PagerProps {
  readonly page: PageInfo | undefined
  readonly onMove: (offset: number) => void
  readonly onLimit: (limit: number) => void
}

/** Which part of a list is shown, and ways to the others. */
export function Pager({ page, onMove, onLimit }: PagerProps) {
  if (page === undefined) return null
  const { offset, limit, total, next } = page
  const last = Math.min(offset + limit, total)
  const sizes = [...new Set([...pageSizes, limit])].sort((a, b) => a - b)
  return (
    <nav className="panel-pager" aria-label={t('Pages')}>
      <p role="status">
        {total === 0
          ? t('Nothing to show')
          : t('Displaying {first}-{last} of {total}', {
              first: formatNumber(offset + 1),
              last: formatNumber(last),
              total: formatNumber(total),
            })}
      </p>
      <label>
        {t('Per page')}
        <select className="form-control" value={limit} onChange={(event) => onLimit(Number(event.target.value))}>
          {sizes.map((size) => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </label>
      <span className="panel-buttons">
        <button
          type="button"
          className="btn btn-sm btn-default"
          disabled={offset === 0}
          onClick={() => onMove(Math.max(0, offset - limit))}
        >
          {t('Previous')}
        </button>
        <button
          type="button"
          className="btn btn-sm btn-default"
          disabled={next === null}
          onClick={() => onMove(offset + limit)}
        >
          {t('Next')}
        </button>
      </span>
    </nav>
  )
}
