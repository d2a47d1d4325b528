import { useEffect } from 'react'
import { useScopes } from '../api/scopes.js'
import { Pager } from '../components/pager.js'
import { PageHeading, Waiting } from '../components/small.js'
import { t } from '../messages.js'
import { goTo, href, replaceWith, useRoute } from '../routing.js'
import { BulkActions } from './bulk-actions.js'
import { Filters } from './filters.js'
import { serverRows } from './server-rows.js'
import { useUsers } from './user-query.js'
import { UserTable } from './user-table.js'
import { addressOf, isFiltered, type UserView, viewOf } from './user-view.js'

/** All users with their servers, a page at a time. */
export function UsersPage() {
  const { query } = useRoute()
  const view = viewOf(query)
  const scopes = useScopes()
  const { data, error, isPlaceholderData } = useUsers(view)
  const change = (changed: Partial<UserView>, { typed = false } = {}): void => {
    // Other conditions, other pages: from the first one again.
    const address = addressOf({ ...view, offset: 0, ...changed })
    if (typed) replaceWith('/', address)
    else goTo('/', address)
  }
  const total = data?._pagination.total ?? 0
  const isBeyondEnd = data !== undefined && data.items.length === 0 && total > 0 && view.offset > 0
  useEffect(() => {
    if (isBeyondEnd) replaceWith('/', { ...Object.fromEntries(query), offset: undefined })
  }, [isBeyondEnd, query])

  return (
    <>
      <PageHeading title={t('Users')}>
        {scopes.has('admin:users') && (
          <a className="btn btn-primary" href={href('/add-users')}>
            {t('Add Users')}
          </a>
        )}
        {scopes.hasAny('servers') && <BulkActions view={view} total={total} />}
      </PageHeading>
      <Filters view={view} onChange={change} />
      {data === undefined ? (
        <Waiting error={error} />
      ) : total === 0 ? (
        <p className="panel-empty">
          {isFiltered(view) ? t('Nobody matches the filters.') : t('There are no users yet.')}{' '}
          {isFiltered(view) && <a href={href('/')}>{t('Show everybody')}</a>}
        </p>
      ) : (
        <UserTable
          rows={serverRows(data.items)}
          sort={view.sort}
          onSort={(sort) => change({ sort })}
          isStale={isPlaceholderData}
        />
      )}
      <Pager
        page={data?._pagination}
        onMove={(offset) => change({ offset })}
        onLimit={(limit) => change({ limit, offset: 0 })}
      />
    </>
  )
}
