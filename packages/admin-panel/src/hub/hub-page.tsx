import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import type { AnswerOf } from '@hub/api/client'
import type { getAnnouncements } from '@hub/api'
import { call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { useScopes } from '../api/scopes.js'
import { Dialog } from '../components/dialog.js'
import { PageHeading, Waiting } from '../components/small.js'
import { useAction } from '../components/use-action.js'
import { t } from '../messages.js'

/** The hub itself: what it is, what it announces, and how it is ended. */
export function HubPage() {
  const scopes = useScopes()
  const { data: info } = useQuery({
    queryKey: ['info'],
    enabled: scopes.hasAny('read:hub'),
    queryFn: async ({ signal }) => (await call(endpoints.getInfo, { signal })).body,
  })
  const { data: announcements, error } = useQuery({
    queryKey: ['announcements'],
    queryFn: async ({ signal }) => (await call(endpoints.getAnnouncements, { signal })).body,
    staleTime: Infinity,
  })
  return (
    <>
      <PageHeading title={t('Hub')}>{scopes.has('shutdown') && <Shutdown />}</PageHeading>
      {info !== undefined && (
        <dl className="panel-facts">
          <dt>{t('Version')}</dt>
          <dd>{info.version}</dd>
          <dt>{t('Runs on')}</dt>
          <dd>{info.python}</dd>
          <dt>{t('Authenticator')}</dt>
          <dd>{info.authenticator.class}</dd>
          <dt>{t('Spawner')}</dt>
          <dd>{info.spawner.class}</dd>
        </dl>
      )}
      {announcements === undefined ? <Waiting error={error} /> : <Announcements texts={announcements} />}
    </>
  )
}

type Texts = AnswerOf<typeof getAnnouncements>['body']

const labels = {
  all: 'On every page',
  login: 'On the login page',
  home: 'On the home page',
  spawn: 'On the spawn page',
  logout: 'On the logout page',
} as const
const pages = Object.keys(labels) as (keyof typeof labels)[] // its own keys

function Announcements({ texts }: { readonly texts: Texts }) {
  const [edited, setEdited] = useState(texts)
  const { isBusy, run } = useAction()
  const scopes = useScopes()
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await run(() => call(endpoints.setAnnouncements, { body: edited }), t('The announcements are saved.'))
  }
  return (
    <form className="card panel-form" onSubmit={(event) => void save(event)}>
      <h2>{t('Announcements')}</h2>
      <p className="text-muted">
        {t('Plain text; addresses become links. One for a page is shown there instead of the one for every page.')}
      </p>
      {pages.map((page) => (
        <div className="field" key={page}>
          <label htmlFor={`announcement-${page}`}>{t(labels[page])}</label>
          <textarea
            id={`announcement-${page}`}
            className="form-control"
            rows={2}
            maxLength={2000}
            value={edited[page]}
            onChange={(event) => setEdited({ ...edited, [page]: event.target.value })}
          />
        </div>
      ))}
      <button type="submit" className="btn btn-primary" disabled={isBusy || !scopes.has('admin:users')}>
        {t('Save announcements')}
      </button>
    </form>
  )
}

function Shutdown() {
  const [asks, setAsks] = useState(false)
  const [servers, setServers] = useState(true)
  const [proxy, setProxy] = useState(true)
  const [isGone, setGone] = useState(false)
  const { isBusy, run } = useAction()
  const shutDown = async (): Promise<void> => {
    const begun = await run(() => call(endpoints.shutdownHub, { body: { servers, proxy } }))
    setAsks(false)
    setGone(begun)
  }
  if (isGone) return <p role="status">{t('The hub is shutting down. This page will not change any more.')}</p>
  return (
    <>
      <button type="button" className="btn btn-danger" onClick={() => setAsks(true)}>
        {t('Shutdown Hub')}
      </button>
      {asks && (
        <Dialog
          title={t('Shutdown Hub')}
          onClose={() => setAsks(false)}
          footer={
            <>
              <button type="button" className="btn btn-default" autoFocus onClick={() => setAsks(false)}>
                {t('Cancel')}
              </button>
              <button type="button" className="btn btn-danger" disabled={isBusy} onClick={() => void shutDown()}>
                {t('Shut down')}
              </button>
            </>
          }
        >
          <p>{t('Nobody can log in or start a server until the hub is started again.')}</p>
          <div className="field field-check">
            <input
              id="shutdown-servers"
              type="checkbox"
              checked={servers}
              onChange={(event) => setServers(event.target.checked)}
            />
            <label htmlFor="shutdown-servers">{t('Stop all servers of users')}</label>
          </div>
          <div className="field field-check">
            <input
              id="shutdown-proxy"
              type="checkbox"
              checked={proxy}
              onChange={(event) => setProxy(event.target.checked)}
            />
            <label htmlFor="shutdown-proxy">{t('Stop the proxy')}</label>
          </div>
          <p className="text-muted">
            {t('Servers and proxy that are left alone go on working, and are found by the next hub.')}
          </p>
        </Dialog>
      )}
    </>
  )
}
