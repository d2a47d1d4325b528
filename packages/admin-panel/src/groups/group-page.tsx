import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { GroupModel } from '@hub/api'
import { ApiError, call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { useScopes } from '../api/scopes.js'
import { Confirm } from '../components/dialog.js'
import { useNotices } from '../components/notices.js'
import { PageHeading, Waiting } from '../components/small.js'
import { useAction } from '../components/use-action.js'
import { t } from '../messages.js'
import { goTo, href, useRoute } from '../routing.js'
import { type PropertyRow, propertyRows, readProperties } from './properties.js'

/** Members and properties of a group. */
export function GroupPage() {
  const name = useRoute().query.get('name') ?? ''
  const { data, error } = useQuery({
    queryKey: ['group', name],
    queryFn: async ({ signal }) => (await call(endpoints.getGroup, { params: { group: name }, signal })).body,
    // What is being edited must not change under the hands.
    staleTime: Infinity,
    gcTime: 0,
  })
  return (
    <>
      <PageHeading title={t('Group {name}', { name })} />
      {data === undefined ? <Waiting error={error} /> : <EditGroup key={name} group={data} />}
    </>
  )
}

function EditGroup({ group }: { readonly group: GroupModel }) {
  const name = group.name ?? ''
  const [members, setMembers] = useState<readonly string[]>(group.users ?? [])
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set())
  const [rows, setRows] = useState<readonly PropertyRow[]>(() => propertyRows(group.properties ?? {}))
  const [asks, setAsks] = useState(false)
  const { isBusy, run } = useAction()
  const scopes = useScopes()

  const apply = async (): Promise<void> => {
    const properties = readProperties(rows, {
      twice: (key) => t('The property {key} is there twice.', { key }),
      nameless: t('Give each property a name.'),
    })
    const before = group.users ?? []
    const params = { group: name }
    const added = members.filter((user) => !before.includes(user) && !removed.has(user))
    const gone = before.filter((user) => removed.has(user))
    if (JSON.stringify(properties) !== JSON.stringify(group.properties ?? {}))
      await call(endpoints.setGroupProperties, { params, body: properties })
    if (added.length > 0) await call(endpoints.addGroupUsers, { params, body: { users: added } })
    if (gone.length > 0) await call(endpoints.removeGroupUsers, { params, body: { users: gone } })
  }
  const toggle = (user: string): void => {
    const now = new Set(removed)
    if (!now.delete(user)) now.add(user)
    setRemoved(now)
  }

  return (
    <form
      className="card panel-form"
      onSubmit={(event) => {
        event.preventDefault()
        void run(apply, t('{name} is saved.', { name })).then((saved) => saved && goTo('/groups'))
      }}
    >
      <fieldset>
        <legend>{t('Members')}</legend>
        <AddMember
          onAdd={(user) => {
            setMembers((now) => (now.includes(user) ? now : [...now, user]))
            if (removed.has(user)) toggle(user)
          }}
        />
        {members.length === 0 && <p className="text-muted">{t('Nobody is in this group yet.')}</p>}
        <ul className="panel-members">
          {members.map((user) => (
            <li key={user}>
              <label className={removed.has(user) ? 'panel-struck' : ''}>
                <input type="checkbox" checked={!removed.has(user)} onChange={() => toggle(user)} />
                {user}
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
      <fieldset>
        <legend>{t('Properties')}</legend>
        <Properties rows={rows} onChange={setRows} />
      </fieldset>
      <div className="panel-buttons">
        <button type="submit" className="btn btn-primary" disabled={isBusy}>
          {t('Apply')}
        </button>
        <a className="btn btn-default" href={href('/groups')}>
          {t('Back')}
        </a>
        {scopes.hasAny('delete:groups') && (
          <button type="button" className="btn btn-danger panel-far" disabled={isBusy} onClick={() => setAsks(true)}>
            {t('Delete Group')}
          </button>
        )}
      </div>
      {asks && (
        <Confirm
          title={t('Delete Group')}
          action={t('Delete')}
          onClose={() => setAsks(false)}
          onConfirm={() =>
            void run(
              () => call(endpoints.deleteGroup, { params: { group: name } }),
              t('{name} is deleted.', { name }),
            ).then((deleted) => deleted && goTo('/groups'))
          }
        >
          <p>{t('Delete the group {name}? Its members lose what it gives them.', { name })}</p>
        </Confirm>
      )}
    </form>
  )
}

function AddMember({ onAdd }: { readonly onAdd: (user: string) => void }) {
  const [name, setName] = useState('')
  const [problem, setProblem] = useState('')
  const notices = useNotices()
  const add = async (): Promise<void> => {
    const user = name.trim()
    if (user === '') return
    try {
      onAdd((await call(endpoints.getUser, { params: { user } })).body.name ?? user)
      setName('')
      setProblem('')
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) setProblem(t('There is no user {name}.', { name: user }))
      else notices.failed(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <div className="panel-inline-form">
      <label>
        {t('Add a member')}
        <input
          className="form-control"
          value={name}
          spellCheck={false}
          aria-invalid={problem !== ''}
          aria-describedby="add-member-problem"
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            void add()
          }}
        />
      </label>
      <button type="button" className="btn btn-default" onClick={() => void add()}>
        {t('Add')}
      </button>
      <p id="add-member-problem" className="panel-problem" role="status">
        {problem}
      </p>
    </div>
  )
}

interface PropertiesProps {
  readonly rows: readonly PropertyRow[]
  readonly onChange: (rows: readonly PropertyRow[]) => void
}

function Properties({ rows, onChange }: PropertiesProps) {
  const set = (id: number, change: Partial<PropertyRow>): void =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...change } : row)))
  const add = (): void => {
    onChange([...rows, { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, key: '', value: '' }])
  }
  return (
    <>
      {rows.map((row) => (
        <div key={row.id} className="panel-property">
          <input
            className="form-control"
            value={row.key}
            aria-label={t('Name of the property')}
            onChange={(event) => set(row.id, { key: event.target.value })}
          />
          <input
            className="form-control"
            value={row.value}
            aria-label={t('Value of {key}', { key: row.key })}
            onChange={(event) => set(row.id, { value: event.target.value })}
          />
          <button
            type="button"
            className="btn btn-sm btn-default"
            aria-label={t('Remove {key}', { key: row.key })}
            onClick={() => onChange(rows.filter(({ id }) => id !== row.id))}
          >
            {t('Remove')}
          </button>
        </div>
      ))}
      <button type="button" className="btn btn-sm btn-default" onClick={add}>
        {t('Add a property')}
      </button>
    </>
  )
}
