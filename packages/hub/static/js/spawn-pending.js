import { element } from './elements.js'
import { followStart } from './follow-start.js'
import { attempt, HubApi } from './jhapi.js'
import { t } from './messages.js'

const page = document.getElementById('spawn-pending')
const bar = document.getElementById('progress-bar')
const message = document.getElementById('progress-message')
const elapsed = document.getElementById('progress-elapsed')
const log = document.getElementById('progress-log')
const details = document.getElementById('progress-details')
const api = new HubApi()

function showProgress(progress) {
  bar.style.width = `${progress}%`
  bar.setAttribute('aria-valuenow', String(progress))
  document.getElementById('sr-progress').textContent = `${progress}%`
}

/** HTML comes from the spawner plug-in, which the administrator has chosen; plain messages are text. */
function showMessage({ html_message: html, message: text }) {
  if (html === undefined && text === undefined) return
  const line = element('div', { className: 'progress-log-event' })
  if (html === undefined) line.textContent = text
  else line.innerHTML = html
  log.append(line)
  message.replaceChildren(...line.cloneNode(true).childNodes)
}

function showFailure({ forUser, serverName }) {
  showProgress(100)
  bar.classList.add('progress-bar-danger')
  details.open = true
  if (elapsed) elapsed.textContent = ''
  document.querySelector('#spawn-pending .stop-form')?.remove()
  const server = serverName === '' ? '' : `/${encodeURIComponent(serverName)}`
  const link = (text, className, path) => element('a', { className, href: `${window.jhdata.base_url}${path}` }, text)
  document
    .getElementById('stop-server-status')
    .replaceChildren(
      link(t('Try again'), 'btn btn-primary', `spawn/${encodeURIComponent(forUser)}${server}`),
      ' ',
      link(t('Back to the home page'), 'btn btn-default', 'home'),
    )
}

function follow({ progressUrl, forUser, serverName }) {
  return followStart(
    { api, user: forUser, server: serverName, progressUrl },
    {
      event: (event) => {
        if (event.progress !== undefined) showProgress(event.progress)
        showMessage(event)
      },
      tick: (text) => {
        if (elapsed) elapsed.textContent = text
      },
      // The hub answers with a redirect to the server, or to the page that was wanted.
      ready: () => location.reload(),
      failed: () => showFailure(page.dataset),
      // The page knows more by now.
      lost: () => setTimeout(() => location.reload(), 3000),
    },
  )
}

function bindStop({ forUser, serverName }, stopFollowing) {
  const button = document.getElementById('stop-server-btn')
  const status = document.getElementById('stop-server-status')
  button?.closest('form').addEventListener('submit', async (event) => {
    event.preventDefault()
    button.disabled = true
    status.textContent = t('Stopping the server…')
    stopFollowing()
    if (await attempt(() => api.stopServer(forUser, serverName))) {
      location.href = `${window.jhdata.base_url}home`
    } else location.reload()
  })
}

if (page) bindStop(page.dataset, follow(page.dataset))
