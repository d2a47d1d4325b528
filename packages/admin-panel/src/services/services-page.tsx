import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { useScopes } from '../api/scopes.js'
import { Confirm } from '../components/dialog.js'
import { Chips, PageHeading, State, Waiting } from '../components/small.js'
import { useAction } from '../components/use-action.js'
import { t } from '../messages.js'
import { href } from '../routing.js'

const everyMs = 15_000

/** The services beside the hub, and whether they are well. */
export function ServicesPage() {
  const { data, error } = useQuery({
    queryKey: ['services'],
    queryFn: async ({ signal }) => (await call(endpoints.listServices, { signal })).body,
    refetchInterval: everyMs,
  })
  const scopes = useScopes()
  const services = Object.values(data ?? {})
  return (
    <>
      <PageHeading title={t('Services')}>
        {scopes.has('admin:services') && (
          <a className="btn btn-primary" href={href('/add-service')}>
            {t('Add a service')}
          </a>
        )}
      </PageHeading>
      {data === undefined ? (
        <Waiting error={error} />
      ) : services.length === 0 ? (
        <p className="panel-empty">{t('There are no services.')}</p>
      ) : (
        <div className="table-scroll">
          <table className="table panel-table">
            <caption className="visually-hidden">{t('Services')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('Service')}</th>
                <th scope="col">{t('Health')}</th>
                <th scope="col">{t('Address')}</th>
                <th scope="col">{t('Run by the hub')}</th>
                <th scope="col">{t('Roles')}</th>
                <th scope="col">
                  <span className="visually-hidden">{t('Actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {services.map((service) => (
                <tr key={service.name}>
                  <td>
                    {service.prefix ? <a href={service.prefix}>{service.name}</a> : <strong>{service.name}</strong>}
                  </td>
                  <td data-label={t('Health')}>
                    <Health name={service.name ?? ''} />
                  </td>
                  <td data-label={t('Address')}>
                    {service.url ? <code>{service.url}</code> : <span className="text-muted">–</span>}
                  </td>
                  <td data-label={t('Run by the hub')}>{managed(service.command, service.pid)}</td>
                  <td>
                    <Chips
                      names={[...new Set([...(service.admin ? ['admin'] : []), ...(service.roles ?? [])])]}
                      label={t('Roles')}
                    />
                  </td>
                  <td>
                    {scopes.has('admin:services') && (service.command ?? []).length === 0 && (
                      <RemoveService name={service.name ?? ''} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}

/** The hub refuses for those that stand in its configuration, and says so. */
function RemoveService({ name }: { readonly name: string }) {
  const [asks, setAsks] = useState(false)
  const { isBusy, run } = useAction()
  return (
    <span className="panel-buttons panel-row-actions">
      <button
        type="button"
        className="btn btn-sm btn-danger"
        disabled={isBusy}
        aria-label={t('Remove the service {name}', { name })}
        onClick={() => setAsks(true)}
      >
        {t('Remove')}
      </button>
      {asks && (
        <Confirm
          title={t('Remove the service {name}', { name })}
          action={t('Remove')}
          onClose={() => setAsks(false)}
          onConfirm={() =>
            void run(
              () => call(endpoints.deleteService, { params: { service: name } }),
              t('{name} is removed.', { name }),
            )
          }
        >
          <p>{t('Its token stops working at once, and what people let it do is forgotten.')}</p>
        </Confirm>
      )}
    </span>
  )
}

function managed(command: readonly string[] | undefined, pid: number | undefined): string {
  if (command === undefined || command.length === 0) return t('no')
  return pid ? t('process {pid}', { pid }) : t('its process does not run')
}

function Health({ name }: { readonly name: string }) {
  const scopes = useScopes()
  const { data, error } = useQuery({
    queryKey: ['health', name],
    enabled: scopes.hasAny('read:services'),
    queryFn: async ({ signal }) =>
      (await call(endpoints.checkServiceHealth, { params: { service: name }, signal })).body,
    refetchInterval: everyMs,
  })
  if (error !== null) return <State kind="off">{error.message}</State>
  if (data === undefined) return <State kind="busy">{t('being checked')}</State>
  if (data.runs === false) return <State kind="bad">{t('its process does not run')}</State>
  if (data.answers === false) return <State kind="bad">{t('does not answer')}</State>
  if (data.answers === null && data.runs === null) return <State kind="off">{t('has no address')}</State>
  return <State kind="on">{t('well')}</State>
}
