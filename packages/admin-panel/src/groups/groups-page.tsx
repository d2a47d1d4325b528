import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import type { GroupModel } from '@hub/api'
import { asPage, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { defaultPageLimit } from '../api/page-facts.js'
import { useScopes } from '../api/scopes.js'
import { Pager } from '../components/pager.js'
import { Chips, PageHeading, Waiting } from '../components/small.js'
import { useAction } from '../components/use-action.js'
import { formatNumber, t } from '../messages.js'
import { goTo, href, useRoute } from '../routing.js'

/** All groups, with how many members they have. */
export function GroupsPage() {
  const { query } = useRoute()
  const offset = Number(query.get('offset') ?? 0)
  const limit = Number(query.get('limit') ?? defaultPageLimit())
  const scopes = useScopes()
  const { data, error } = useQuery({
    queryKey: ['groups', offset, limit],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { body } = await call(endpoints.listGroups, { query: { offset, limit }, isPaged: true, signal })
      return asPage<GroupModel[]>(body)
    },
  })
  return (
    <>
      <PageHeading title={t('Groups')} />
      {scopes.has('admin:groups') && <CreateGroup />}
      {data === undefined ? (
        <Waiting error={error} />
      ) : data.items.length === 0 ? (
        <p className="panel-empty">{t('There are no groups yet.')}</p>
      ) : (
        <div className="table-scroll">
          <table className="table panel-table">
            <caption className="visually-hidden">{t('Groups')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('Group')}</th>
                <th scope="col">{t('Members')}</th>
                <th scope="col">{t('Roles')}</th>
                <th scope="col">{t('Properties')}</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((group) => (
                <tr key={group.name}>
                  <td>
                    <a href={href('/group-edit', { name: group.name })}>{group.name}</a>
                  </td>
                  <td data-label={t('Members')}>
                    <a href={href('/', { group: group.name })}>
                      {t('{n} users', { n: formatNumber(group.users?.length ?? 0) })}
                    </a>
                  </td>
                  <td>
                    <Chips names={group.roles} label={t('Roles')} />
                  </td>
                  <td>
                    <Chips names={Object.keys(group.properties ?? {})} label={t('Properties')} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager
        page={data?._pagination}
        onMove={(to) => goTo('/groups', { offset: to, limit })}
        onLimit={(size) => goTo('/groups', { limit: size })}
      />
    </>
  )
}

function CreateGroup() {
  const [name, setName] = useState('')
  const { isBusy, run } = useAction()
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const group = name.trim()
    const created = await run(
      async () => {
        await call(endpoints.createGroup, { params: { group } })
      },
      t('{name} is created.', { name: group }),
    )
    if (created) goTo('/group-edit', { name: group })
  }
  return (
    <form className="panel-inline-form" onSubmit={(event) => void submit(event)}>
      <label>
        {t('New group')}
        <input
          className="form-control"
          value={name}
          required
          maxLength={255}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <button type="submit" className="btn btn-primary" disabled={isBusy}>
        {t('Create Group')}
      </button>
    </form>
  )
}
