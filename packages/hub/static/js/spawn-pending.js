import { attempt, HubApi } from './jhapi.js'

const page = document.getElementById('spawn-pending')
const bar = document.getElementById('progress-bar')
const message = document.getElementById('progress-message')
const log = document.getElementById('progress-log')
const details = document.getElementById('progress-details')

function showProgress(progress) {
  bar.style.width = `${progress}%`
  bar.setAttribute('aria-valuenow', String(progress))
  document.getElementById('sr-progress').textContent = `${progress}%`
}

/** HTML comes from the spawner plug-in, which the administrator has chosen; plain messages are text. */
function showMessage({ html_message: html, message: text }) {
  if (html === undefined && text === undefined) return
  const line = document.createElement('div')
  line.className = 'progress-log-event'
  if (html === undefined) line.textContent = text
  else line.innerHTML = html
  log.append(line)
  message.replaceChildren(...line.cloneNode(true).childNodes)
}

function showFailure() {
  showProgress(100)
  bar.classList.add('progress-bar-danger')
  details.open = true
  document.querySelector('#spawn-pending .stop-form')?.remove()
  const home = Object.assign(document.createElement('a'), {
    className: 'btn btn-default',
    textContent: 'Back to the home page',
    href: `${window.jhdata.base_url}home`,
  })
  document.getElementById('stop-server-status').replaceChildren(home)
}

function follow(progressUrl) {
  const events = new EventSource(`${progressUrl}?_xsrf=${encodeURIComponent(window.jhdata.xsrf_token)}`)
  events.addEventListener('message', ({ data }) => {
    const event = JSON.parse(data)
    if (event.progress !== undefined) showProgress(event.progress)
    showMessage(event)
    if (event.ready) {
      events.close()
      // The hub answers with a redirect to the server, or to the page that was wanted.
      location.reload()
    }
    if (event.failed) {
      events.close()
      showFailure()
    }
  })
  events.addEventListener('error', () => {
    // While it is connecting again the browser takes care; a refusal is final, and the page knows more by now.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000)
  })
  return events
}

function bindStop({ forUser, serverName }, events) {
  const button = document.getElementById('stop-server-btn')
  const status = document.getElementById('stop-server-status')
  button?.closest('form').addEventListener('submit', async (event) => {
    event.preventDefault()
    button.disabled = true
    status.textContent = 'Stopping the server…'
    events.close()
    if (await attempt(() => new HubApi().stopServer(forUser, serverName))) {
      location.href = `${window.jhdata.base_url}home`
    } else location.reload()
  })
}

if (page) bindStop(page.dataset, follow(page.dataset.progressUrl))
