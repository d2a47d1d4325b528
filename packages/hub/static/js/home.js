import { confirm, showError } from './dialogs.js'
import { attempt, HubApi, serverPath } from './jhapi.js'
import { cleanDisplayName, serverSlug } from './server-name.js'

const home = document.getElementById('home')
const api = new HubApi()

function bindDefaultServer({ user, spawnUrl }) {
  const stop = document.getElementById('stop')
  const start = document.getElementById('start')
  const form = stop?.closest('form')
  // Without this script the form does the same and the page comes back.
  form?.addEventListener('submit', async (event) => {
    event.preventDefault()
    stop.disabled = true
    start.setAttribute('aria-disabled', 'true')
    start.title = 'Your server is stopping'
    showState('dot-busy', 'Your server is stopping.')
    const stopped = await attempt(() => api.stopServer(user, ''))
    stop.disabled = false
    start.removeAttribute('aria-disabled')
    start.removeAttribute('title')
    if (!stopped) return
    form.remove()
    start.textContent = 'Start My Server'
    start.href = spawnUrl
    showState('', 'Your server is stopped.')
  })
  start?.addEventListener('click', (event) => {
    if (start.getAttribute('aria-disabled') === 'true') event.preventDefault()
  })
}

function showState(dot, text) {
  const state = document.getElementById('server-state')
  if (!state) return
  state.querySelector('.dot').className = `dot ${dot}`
  state.querySelector('.server-state-text').textContent = text
}

function bindNewServer({ user }) {
  const input = document.querySelector('.new-server-name')
  const button = document.querySelector('.add-server')
  const add = async () => {
    const displayName = cleanDisplayName(input.value)
    if (displayName === '') {
      showError('Give the new server a name first.')
      return
    }
    button.disabled = true
    const added = await attempt(() =>
      api.request('PUT', serverPath(user, serverSlug(displayName)), { display_name: displayName }),
    )
    if (added) location.reload()
    else button.disabled = false
  }
  button?.addEventListener('click', add)
  input?.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') void add()
  })
}

function bindNamedServer(row, { user }) {
  const server = row.dataset.serverName
  const form = row.querySelector('.stop-form')
  const stop = row.querySelector('.stop-server')
  const remove = row.querySelector('.delete-server')
  form?.addEventListener('submit', async (event) => {
    event.preventDefault()
    stop.disabled = true
    const stopped = await attempt(() => api.stopServer(user, server))
    stop.disabled = false
    if (!stopped) return
    form.classList.add('hidden')
    row.querySelector('.server-link')?.classList.add('hidden')
    row.querySelector('.start-server')?.classList.remove('hidden')
    remove?.classList.remove('hidden')
  })
  remove?.addEventListener('click', async () => {
    const sure = await confirm({
      title: 'Delete server',
      message: `Delete the server "${server}"? What the server itself keeps, such as its storage, may go with it.`,
      action: 'Delete',
    })
    if (!sure) return
    remove.disabled = true
    if (await attempt(() => api.stopServer(user, server, { remove: true }))) row.remove()
    else remove.disabled = false
  })
}

if (home) {
  bindDefaultServer(home.dataset)
  bindNewServer(home.dataset)
  for (const row of home.querySelectorAll('tr[data-server-name]')) bindNamedServer(row, home.dataset)
}
