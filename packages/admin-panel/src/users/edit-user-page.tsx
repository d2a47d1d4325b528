import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import type { UserModel } from '@hub/api'
import { call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { useScopes } from '../api/scopes.js'
import { Confirm } from '../components/dialog.js'
import { Chips, PageHeading, Waiting } from '../components/small.js'
import { useAction } from '../components/use-action.js'
import { t } from '../messages.js'
import { goTo, href, useRoute } from '../routing.js'

/** Rename a user, make them an admin, change their groups, delete them. */
export function EditUserPage() {
  const name = useRoute().query.get('name') ?? ''
  const { data, error } = useQuery({
    queryKey: ['user', name],
    queryFn: async ({ signal }) => (await call(endpoints.getUser, { params: { user: name }, signal })).body,
  })
  return (
    <>
      <PageHeading title={t('Edit {name}', { name })} />
      {data === undefined ? <Waiting error={error} /> : <EditUser key={name} user={data} />}
    </>
  )
}

function EditUser({ user }: { readonly user: UserModel }) {
  const before = user.name ?? ''
  const [name, setName] = useState(before)
  const [admin, setAdmin] = useState(user.admin ?? false)
  const [groups, setGroups] = useState((user.groups ?? []).join(' '))
  const [asks, setAsks] = useState(false)
  const { isBusy, run } = useAction()
  const scopes = useScopes()

  const save = async (): Promise<void> => {
    const change = {
      ...(name === before ? {} : { name }),
      ...(admin === (user.admin ?? false) ? {} : { admin }),
    }
    const wanted = groups.split(/[\s,]+/).filter((group) => group !== '')
    const joined = wanted.filter((group) => !(user.groups ?? []).includes(group))
    const left = (user.groups ?? []).filter((group) => !wanted.includes(group))
    if (Object.keys(change).length > 0) await call(endpoints.updateUser, { params: { user: before }, body: change })
    for (const group of joined) await call(endpoints.addGroupUsers, { params: { group }, body: { users: [name] } })
    for (const group of left) await call(endpoints.removeGroupUsers, { params: { group }, body: { users: [name] } })
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (await run(save, t('{name} is saved.', { name }))) goTo('/', { name_filter: name })
  }

  return (
    <form className="card panel-form" onSubmit={(event) => void submit(event)}>
      <div className="field">
        <label htmlFor="user-name">{t('Username')}</label>
        <input
          id="user-name"
          className="form-control"
          value={name}
          required
          spellCheck={false}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div className="field field-check">
        <input id="user-admin" type="checkbox" checked={admin} onChange={(event) => setAdmin(event.target.checked)} />
        <label htmlFor="user-admin">{t('Admin')}</label>
      </div>
      <div className="field">
        <label htmlFor="user-groups">{t('Groups')}</label>
        <input
          id="user-groups"
          className="form-control"
          value={groups}
          disabled={!scopes.hasAny('groups')}
          spellCheck={false}
          aria-describedby="user-groups-help"
          onChange={(event) => setGroups(event.target.value)}
        />
        <small id="user-groups-help" className="form-text">
          {t('Names of groups that exist, with blanks between them.')}
        </small>
      </div>
      <div className="field">
        <h2 className="h5">{t('Roles')}</h2>
        <Chips names={user.roles} label={t('Roles')} />
        <small className="form-text">{t('Roles are given in the configuration, or by the login service.')}</small>
      </div>
      <div className="panel-buttons">
        <button type="submit" className="btn btn-primary" disabled={isBusy}>
          {t('Save')}
        </button>
        <a className="btn btn-default" href={href('/', { name_filter: before })}>
          {t('Back')}
        </a>
        {scopes.hasAny('delete:users') && (
          <button type="button" className="btn btn-danger panel-far" disabled={isBusy} onClick={() => setAsks(true)}>
            {t('Delete user')}
          </button>
        )}
      </div>
      {asks && (
        <Confirm
          title={t('Delete user')}
          action={t('Delete')}
          onClose={() => setAsks(false)}
          onConfirm={() =>
            void run(
              () => call(endpoints.deleteUser, { params: { user: before } }),
              t('{name} is deleted.', { name: before }),
            ).then((deleted) => deleted && goTo('/'))
          }
        >
          <p>
            {t('Delete {name}? Their servers are stopped, their tokens end, and what is shared with them is lost.', {
              name: before,
            })}
          </p>
        </Confirm>
      )}
    </form>
  )
}
