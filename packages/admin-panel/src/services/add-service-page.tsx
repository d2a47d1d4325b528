import { type SubmitEvent, useState } from 'react'
import { call } from '../api/connection.js'
import { endpoints } from '../api/endpoints.js'
import { PageHeading } from '../components/small.js'
import { useAction } from '../components/use-action.js'
import { t } from '../messages.js'
import { goTo, href } from '../routing.js'

const newToken = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** Adds a service that runs elsewhere. It is there until it is removed, restarts of the hub included. */
export function AddServicePage() {
  const [name, setName] = useState('')
  const [url, setUrl] = useState('')
  const [token, setToken] = useState(newToken)
  const [display, setDisplay] = useState(true)
  const { isBusy, run } = useAction()
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const body = { api_token: token, display, ...(url.trim() === '' ? {} : { url: url.trim() }) }
    const added = await run(
      () => call(endpoints.createService, { params: { service: name.trim() }, body }),
      t('{name} is added.', { name: name.trim() }),
    )
    if (added) goTo('/services')
  }
  return (
    <>
      <PageHeading title={t('Add a service')} />
      <form className="card panel-form" onSubmit={(event) => void submit(event)}>
        <div className="field">
          <label htmlFor="service-name">{t('Name')}</label>
          <input
            id="service-name"
            className="form-control"
            value={name}
            required
            maxLength={255}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="service-url">{t('Address')}</label>
          <input
            id="service-url"
            className="form-control"
            type="url"
            value={url}
            placeholder="http://127.0.0.1:9090"
            aria-describedby="service-url-help"
            onChange={(event) => setUrl(event.target.value)}
          />
          <small id="service-url-help" className="form-text">
            {t('Where the proxy finds it. Left empty, it has no page and only calls the API.')}
          </small>
        </div>
        <div className="field">
          <label htmlFor="service-token">{t('API token')}</label>
          <input
            id="service-token"
            className="form-control"
            value={token}
            required
            minLength={8}
            autoComplete="off"
            spellCheck={false}
            aria-describedby="service-token-help"
            onChange={(event) => setToken(event.target.value)}
          />
          <small id="service-token-help" className="form-text">
            {t('Give it to the service as JUPYTERHUB_API_TOKEN. It is not shown again.')}
          </small>
        </div>
        <div className="field field-check">
          <input
            id="service-display"
            type="checkbox"
            checked={display}
            onChange={(event) => setDisplay(event.target.checked)}
          />
          <label htmlFor="service-display">{t('Show it in the Services menu')}</label>
        </div>
        <div className="panel-buttons">
          <button type="submit" className="btn btn-primary" disabled={isBusy}>
            {t('Add a service')}
          </button>
          <a className="btn btn-default" href={href('/services')}>
            {t('Back')}
          </a>
        </div>
      </form>
    </>
  )
}
