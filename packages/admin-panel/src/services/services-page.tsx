import { useQuery } from '@tanstack/react-query'
import { call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { useScopes } from '../api/scopes.js'
import { Chips, PageHeading, State, Waiting } from '../components/small.js'
import { t } from '../messages.js'

const everyMs = 15_000

/** The services beside the hub, and whether they are well. */
export function ServicesPage() {
  const { data, error } = useQuery({
    queryKey: ['services'],
    queryFn: async ({ signal }) => (await call(endpoints.listServices, { signal })).body,
    refetchInterval: everyMs,
  })
  const services = Object.values(data ?? {})
  return (
    <>
      <PageHeading title={t('Services')} />
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
              </tr>
            </thead>
            <tbody>
              {services.map((service) => (
                <tr key={service.name}>
                  <td>
                    {service.prefix ? <a href={service.prefix}>{service.name}</a> : <strong>{service.name}</strong>}
                  </td>
                  <td>
                    <Health name={service.name ?? ''} />
                  </td>
                  <td>{service.url ? <code>{service.url}</code> : <span className="text-muted">–</span>}</td>
                  <td>{managed(service.command, service.pid)}</td>
                  <td>
                    <Chips
                      names={[...(service.admin ? [t('admin')] : []), ...(service.roles ?? [])]}
                      label={t('Roles')}
                    />
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
