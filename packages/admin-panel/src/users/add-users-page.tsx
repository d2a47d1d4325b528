import { useQueryClient } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import { useNotices } from '../components/notices.js'
import { PageHeading } from '../components/small.js'
import { formatNumber, t } from '../messages.js'
import { goTo, href } from '../routing.js'
import { importUsers, readUserList } from './import-users.js'

/** Add people by name, or from a file. */
export function AddUsersPage() {
  const [text, setText] = useState('')
  const [admin, setAdmin] = useState(false)
  const [done, setDone] = useState<number | undefined>()
  const notices = useNotices()
  const queries = useQueryClient()
  const users = readUserList(text, admin)

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (users.length === 0) {
      notices.failed(t('Give at least one name.'))
      return
    }
    setDone(0)
    try {
      const { created, existing, problems } = await importUsers(users, setDone, AbortSignal.timeout(30 * 60_000))
      for (const problem of problems) notices.failed(problem)
      if (created > 0) notices.done(t('{n} users were added.', { n: formatNumber(created) }))
      if (existing > 0 && created > 0) notices.done(t('{n} were there already.', { n: formatNumber(existing) }))
      if (created === 0 && problems.length === 0) notices.failed(t('User already exists.'))
      else if (problems.length === 0) goTo('/')
    } catch (error) {
      notices.failed(error instanceof Error ? error.message : String(error))
    } finally {
      setDone(undefined)
      void queries.invalidateQueries()
    }
  }

  return (
    <>
      <PageHeading title={t('Add Users')} />
      <form className="card panel-form" onSubmit={(event) => void submit(event)}>
        <div className="field">
          <label htmlFor="new-users">{t('Usernames')}</label>
          <textarea
            id="new-users"
            className="form-control"
            rows={8}
            value={text}
            spellCheck={false}
            autoCapitalize="off"
            aria-describedby="new-users-help"
            onChange={(event) => setText(event.target.value)}
          />
          <small id="new-users-help" className="form-text">
            {t('A name a line, or CSV with the headings name, admin and groups.')}
          </small>
        </div>
        <div className="field">
          <label htmlFor="new-users-file">{t('From a file')}</label>
          <input
            id="new-users-file"
            className="panel-file"
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            onChange={(event) => {
              const file = event.target.files?.[0]
              if (file !== undefined) void file.text().then(setText)
            }}
          />
        </div>
        <div className="field field-check">
          <input
            id="new-users-admin"
            type="checkbox"
            checked={admin}
            onChange={(event) => setAdmin(event.target.checked)}
          />
          <label htmlFor="new-users-admin">{t('Admin')}</label>
        </div>
        <p role="status">
          {done === undefined
            ? t('{n} names', { n: formatNumber(users.length) })
            : t('{done} of {n} names', { done: formatNumber(done), n: formatNumber(users.length) })}
        </p>
        {done !== undefined && <progress aria-label={t('Add Users')} max={Math.max(1, users.length)} value={done} />}
        <div className="panel-buttons">
          <button type="submit" className="btn btn-primary" disabled={done !== undefined}>
            {t('Add Users')}
          </button>
          <a className="btn btn-default" href={href('/')}>
            {t('Back')}
          </a>
        </div>
      </form>
    </>
  )
}
