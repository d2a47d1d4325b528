import { confirm } from './dialogs.js'
import { element } from './elements.js'
import { followStart } from './follow-start.js'
import { attempt, serverPath } from './jhapi.js'
import { t } from './messages.js'

const words = {
  ready: 'running',
  spawn: 'starting',
  stop: 'stopping',
  check: 'being checked',
  rename: 'being renamed',
  stopped: 'stopped',
}

/** A row of the table of named servers: starts, stops and deletes its server, and shows how that goes. */
export class ServerRow {
  isBusy = false
  isGone = false
  #stopFollowing
  #failure = ''

  constructor(row, { api, user }) {
    this.row = row
    this.api = api
    this.user = user
    this.server = row.dataset.serverName
    row.querySelector('.stop-form')?.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#stop()
    })
    row.querySelector('.start-server')?.addEventListener('click', (event) => {
      // With a form to fill in, the link leads there.
      if (window.jhdata.options_form || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      void this.#start()
    })
    row.querySelector('.delete-server')?.addEventListener('click', () => void this.#delete())
    if (row.dataset.state === 'spawn') this.#follow()
  }

  /** Shows a server as the API has it. */
  show(model) {
    if (this.isBusy) return
    const state = model.ready ? 'ready' : (model.pending ?? 'stopped')
    this.#set(state)
    if (state === 'spawn') this.#follow(model.progress_url)
  }

  remove() {
    this.isGone = true
    this.#stopFollowing?.()
    this.row.remove()
  }

  #set(state) {
    const { row } = this
    row.dataset.state = state
    const isActive = state !== 'stopped'
    const dot = row.querySelector('.dot')
    if (dot) dot.className = `dot${state === 'ready' ? ' dot-on' : isActive ? ' dot-busy' : ''}`
    const text = row.querySelector('.server-state-text')
    const word = this.#failure === '' ? t(words[state]) : t('failed to start')
    if (text && text.textContent !== word) text.textContent = word
    row.querySelector('.stop-form')?.classList.toggle('hidden', !isActive || state === 'rename')
    for (const name of ['.start-server', '.delete-server'])
      row.querySelector(name)?.classList.toggle('hidden', isActive)
    row.querySelector('.server-link')?.classList.toggle('hidden', state !== 'ready')
    const stop = row.querySelector('.stop-server')
    if (stop) stop.disabled = state === 'stop'
  }

  async #start() {
    const start = this.row.querySelector('.start-server')
    if (this.isBusy || start.getAttribute('aria-disabled') === 'true') return
    start.setAttribute('aria-disabled', 'true')
    this.#failure = ''
    this.#set('spawn')
    // Following begins when the hub has taken the request; the answer itself may come only when the server is up.
    setTimeout(() => this.row.dataset.state === 'spawn' && this.#follow(), 300)
    try {
      const { status } = await this.api.request('POST', serverPath(this.user, this.server))
      if (status === 201 && this.row.dataset.state === 'spawn') this.#finish('ready')
    } catch (error) {
      // The events may have told already.
      if (this.row.dataset.state === 'spawn') this.#fail(`${t('Spawn failed')}: ${error.detail ?? error.message}`)
    }
    start.removeAttribute('aria-disabled')
  }

  #fail(reason) {
    this.#failure = reason
    this.#finish('stopped')
    const [first, ...log] = reason.split('\n')
    const failure = element('div', { className: 'failed-message', role: 'alert' }, first)
    if (log.length > 0) failure.append(element('pre', { className: 'log-tail', tabIndex: 0 }, log.join('\n')))
    const place = this.row.querySelector('.row-progress')
    place.replaceChildren(failure)
    place.classList.remove('hidden')
  }

  #finish(state) {
    this.#stopFollowing?.()
    this.#stopFollowing = undefined
    this.row.querySelector('.row-progress')?.classList.add('hidden')
    this.#set(state)
  }

  #follow(progressUrl = `${this.api.baseUrl}api/${serverPath(this.user, this.server)}/progress`) {
    if (this.#stopFollowing) return
    const place = this.row.querySelector('.row-progress')
    const bar = element('progress', { max: 100, value: 0 })
    bar.setAttribute('aria-label', t('Start of the server'))
    const message = element('span', { className: 'row-message' })
    const elapsed = element('small', { className: 'text-muted' })
    place.replaceChildren(bar, message, elapsed)
    place.classList.remove('hidden')
    this.#stopFollowing = followStart(
      { api: this.api, user: this.user, server: this.server, progressUrl },
      {
        event: (event) => {
          if (event.progress !== undefined) bar.value = event.progress
          if (event.message !== undefined) message.textContent = event.message
        },
        tick: (text) => (elapsed.textContent = text),
        ready: () => this.#finish('ready'),
        failed: ({ message: reason }) => {
          if (reason === 'Spawn cancelled') this.#finish('stopped')
          else this.#fail(reason)
        },
        lost: () => (this.#stopFollowing = undefined),
      },
    )
  }

  async #stop() {
    this.isBusy = true
    const wasReady = this.row.dataset.state === 'ready'
    this.#set('stop')
    const stopped = await attempt(() => this.api.stopServer(this.user, this.server))
    this.isBusy = false
    if (stopped) this.#finish('stopped')
    else this.#set(wasReady ? 'ready' : 'spawn')
  }

  async #delete() {
    const remove = this.row.querySelector('.delete-server')
    const sure = await confirm({
      title: t('Delete server'),
      message: t('Delete the server "{name}"? What the server itself keeps, such as its storage, may go with it.', {
        name: this.server,
      }),
      action: t('Delete'),
    })
    if (!sure) return
    this.isBusy = true
    remove.disabled = true
    const removed = await attempt(() => this.api.stopServer(this.user, this.server, { remove: true }))
    this.isBusy = false
    remove.disabled = false
    if (removed) this.remove()
  }
}
