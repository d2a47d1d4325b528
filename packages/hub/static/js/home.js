import { showError } from './dialogs.js'
import { attempt, HubApi, path, serverPath } from './jhapi.js'
import { t } from './messages.js'
import { cleanDisplayName, serverSlug } from './server-name.js'
import { ServerRow } from './server-row.js'
import { bindShare } from './share-dialog.js'
import { showSharedServers } from './shared-servers.js'
import { timeAgo } from './time-ago.js'

const home = document.getElementById('home')
const api = new HubApi()
const lookEveryMs = 15_000

function bindDefaultServer({ user, spawnUrl, defaultServerUrl }) {
  const start = document.getElementById('start')
  const form = document.getElementById('stop')?.closest('form')
  let isStopping = false
  start?.addEventListener('click', (event) => {
    if (start.getAttribute('aria-disabled') === 'true') event.preventDefault()
  })
  const showState = (dot, text) => {
    const state = document.getElementById('server-state')
    if (!state) return
    state.querySelector('.dot').className = `dot ${dot}`
    state.querySelector('.server-state-text').textContent = text
  }
  const showStopped = () => {
    document.getElementById('stop')?.closest('form').remove()
    start.textContent = t('Start My Server')
    start.href = spawnUrl
    showState('', t('Your server is stopped.'))
  }
  // Without this script the form does the same and the page comes back.
  form?.addEventListener('submit', async (event) => {
    event.preventDefault()
    const stop = document.getElementById('stop')
    isStopping = true
    stop.disabled = true
    start.setAttribute('aria-disabled', 'true')
    start.title = t('Your server is stopping')
    showState('dot-busy', t('Your server is stopping.'))
    const stopped = await attempt(() => api.stopServer(user, ''))
    isStopping = false
    stop.disabled = false
    start.removeAttribute('aria-disabled')
    start.removeAttribute('title')
    if (stopped) showStopped()
    else showState('dot-on', t('Your server is running.'))
  })
  /** The server may have been started or stopped elsewhere. */
  return (model) => {
    if (isStopping || !model || !start) return
    const hasForm = document.getElementById('stop') !== null
    if (model.stopped) {
      if (hasForm) showStopped()
      return
    }
    // A form to stop it comes with the page.
    if (!hasForm) location.reload()
    start.href = defaultServerUrl
    if (model.ready) showState('dot-on', t('Your server is running.'))
    else if (model.pending === 'stop') showState('dot-busy', t('Your server is stopping.'))
    else showState('dot-busy', t('Your server is starting.'))
  }
}

function bindNamedServers({ user }) {
  const rows = new Map()
  const bind = (row) => rows.set(row.dataset.serverName, new ServerRow(row, { api, user }))
  for (const row of home.querySelectorAll('tr[data-server-name]')) bind(row)

  const add = (model) => {
    const template = document.getElementById('new-server-row')
    if (!template || rows.has(model.name)) return
    const row = template.content.firstElementChild.cloneNode(true)
    const label = model.display_name || model.name
    row.dataset.serverName = model.name
    row.querySelector('.server-label').textContent = label
    for (const hidden of row.querySelectorAll('.visually-hidden')) hidden.textContent = ` ${label}`
    row.querySelector('.server-link').textContent = model.url
    row.querySelector('.server-link').href = model.url
    row.querySelector('.start-server').href += encodeURIComponent(model.name)
    row.querySelector('input[name="server"]').value = model.name
    for (const id of ['start', 'stop', 'delete']) row.querySelector(`.${id}-server`).id = `${id}-${model.name}`
    home.querySelector('#named-servers-table tbody').append(row)
    bind(row)
    bindShare(row.querySelector('.share-server'), { api, user, server: model.name })
  }

  const input = home.querySelector('.new-server-name')
  const button = home.querySelector('.add-server')
  const create = async () => {
    const displayName = cleanDisplayName(input.value)
    if (displayName === '') {
      showError(t('Give the new server a name first.'))
      return
    }
    button.disabled = true
    await attempt(async () => {
      const slug = serverSlug(displayName)
      const { body } = await api.request('PUT', serverPath(user, slug), { display_name: displayName })
      add(body)
      rows.get(slug)?.show(body)
      input.value = ''
    })
    button.disabled = false
  }
  button?.addEventListener('click', create)
  input?.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !button.disabled) void create()
  })

  return (servers) => {
    for (const [name, row] of rows) {
      if (!row.isGone && name in servers) row.show(servers[name])
      else if (!row.isBusy) {
        row.remove()
        rows.delete(name)
      }
    }
    for (const model of Object.values(servers)) {
      if (model.name === '') continue
      add(model)
      rows.get(model.name)?.show(model)
    }
  }
}

/** What happens in other tabs, and to the servers by themselves, shows here without a reload. */
function keepCurrent({ user }, showDefault, showNamed) {
  let isLooking = false
  const look = async () => {
    if (isLooking || document.hidden) return
    isLooking = true
    try {
      const { body } = await api.request('GET', `${path('users', user)}?include_stopped_servers=1`)
      if (body.servers) {
        showDefault(body.servers[''])
        showNamed(body.servers)
      }
    } catch {
      // What is shown stays; the next look may see more.
    } finally {
      isLooking = false
    }
  }
  setInterval(look, lookEveryMs)
  document.addEventListener('visibilitychange', look)
  window.addEventListener('focus', look)
}

if (home) {
  const showDefault = bindDefaultServer(home.dataset)
  const showNamed = bindNamedServers(home.dataset)
  for (const button of home.querySelectorAll('.share-server')) {
    const server = button.dataset.serverName ?? button.closest('tr')?.dataset.serverName ?? ''
    bindShare(button, { api, user: home.dataset.user, server })
  }
  if (document.getElementById('shared-with-me')?.dataset.mayRead)
    void showSharedServers(api, home.dataset.user, timeAgo)
  keepCurrent(home.dataset, showDefault, showNamed)
}
