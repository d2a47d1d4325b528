import { useState } from 'react'
import { call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { hubUrl } from '../api/page-facts.js'
import { Confirm } from '../components/dialog.js'
import { useAction } from '../components/use-action.js'
import { t } from '../messages.js'
import { href } from '../routing.js'
import type { ServerRow } from './server-rows.js'

const spawnPage = (user: string, server: string): string =>
  hubUrl(['spawn', user, ...(server === '' ? [] : [server])].map(encodeURIComponent).join('/'))

/** Start, stop, open or delete one server, and change its owner. */
export function ServerActions({ row }: { readonly row: ServerRow }) {
  const { userName, serverName, server, isFirst } = row
  const { isBusy, run } = useAction()
  const [asks, setAsks] = useState(false)
  const params = { user: userName, server: serverName }
  const of = serverName === '' ? userName : `${userName}/${serverName}`
  const labelled = (action: string) => ({ 'aria-label': `${action}: ${of}` })
  const isPending = typeof server?.pending === 'string'
  return (
    <span className="panel-buttons panel-row-actions">
      {server?.ready === true ? (
        <>
          <a className="btn btn-sm btn-default" href={server.url} {...labelled(t('Access Server'))}>
            {t('Access')}
          </a>
          <button
            type="button"
            className="btn btn-sm btn-danger"
            disabled={isBusy}
            {...labelled(t('Stop Server'))}
            onClick={() => void run(() => call(endpoints.stopServer, { params }))}
          >
            {t('Stop')}
          </button>
        </>
      ) : (
        <>
          {isPending && server.pending === 'spawn' ? (
            <button
              type="button"
              className="btn btn-sm btn-default"
              disabled={isBusy}
              {...labelled(t('Cancel the start'))}
              onClick={() => void run(() => call(endpoints.stopServer, { params }))}
            >
              {t('Cancel')}
            </button>
          ) : (
            <button
              type="button"
              className="btn btn-sm btn-default"
              disabled={isBusy || isPending}
              title={isPending ? t('Server is pending') : undefined}
              {...labelled(t('Start Server'))}
              onClick={() => void run(() => call(endpoints.startServer, { params }))}
            >
              {t('Start')}
            </button>
          )}
          <a className="btn btn-sm btn-default" href={spawnPage(userName, serverName)} {...labelled(t('Spawn Page'))}>
            {t('Spawn Page')}
          </a>
          {serverName !== '' && !isPending && (
            <button
              type="button"
              className="btn btn-sm btn-danger"
              disabled={isBusy}
              {...labelled(t('Delete Server'))}
              onClick={() => setAsks(true)}
            >
              {t('Delete')}
            </button>
          )}
        </>
      )}
      {isFirst && (
        <a
          className="btn btn-sm btn-default"
          href={href('/edit-user', { name: userName })}
          aria-label={t('Edit User: {name}', { name: userName })}
        >
          {t('Edit')}
        </a>
      )}
      {asks && (
        <Confirm
          title={t('Delete Server')}
          action={t('Delete')}
          onClose={() => setAsks(false)}
          onConfirm={() => void run(() => call(endpoints.stopServer, { params, body: { remove: true } }))}
        >
          <p>{t('Delete the server {name}? What it keeps, such as its storage, may go with it.', { name: of })}</p>
        </Confirm>
      )}
    </span>
  )
}
