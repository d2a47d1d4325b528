import { element } from './elements.js'
import { ApiError } from './jhapi.js'
import { t } from './messages.js'
import { timeAgo } from './time-ago.js'

const day = 86_400
const lifetimes = [
  ['an hour', 3600],
  ['a day', day],
  ['a week', 7 * day],
  ['30 days', 30 * day],
  ['a year', 365 * day],
]

/** Makes a button open the dialog in which a server is shared. */
export function bindShare(button, { api, user, server }) {
  button?.addEventListener('click', () => new ShareDialog(api, user, server).open())
}

const serverOf = (kind, user, server) => `${kind}/${encodeURIComponent(user)}/${encodeURIComponent(server)}`

class ShareDialog {
  constructor(api, user, server) {
    this.api = api
    this.shares = serverOf('shares', user, server)
    this.codes = serverOf('share-codes', user, server)
    this.name = server === '' ? t('My server') : server
  }

  open() {
    const close = element('button', { type: 'button', className: 'btn btn-default' }, t('Close'))
    this.problem = element('p', { className: 'alert alert-danger hidden', role: 'alert' })
    this.link = element('div', { className: 'hidden', role: 'status' })
    this.list = element('ul', { className: 'plain-list share-list' })
    const heading = element('h2', { className: 'modal-title' }, t('Share {name}', { name: this.name }))
    const dialog = element(
      'dialog',
      { className: 'modal modal-wide' },
      heading,
      element(
        'div',
        { className: 'modal-body' },
        element(
          'p',
          { className: 'text-muted' },
          t('Whoever you share it with can open your server and work in it as you.'),
        ),
        this.#personForm(),
        this.#linkForm(),
        this.link,
        this.problem,
        element('h3', {}, t('Shared with')),
        this.list,
      ),
      element('div', { className: 'modal-footer' }, close),
    )
    dialog.setAttribute('aria-label', heading.textContent)
    close.addEventListener('click', () => dialog.close())
    dialog.addEventListener('close', () => dialog.remove())
    document.body.append(dialog)
    dialog.showModal()
    void this.#attempt(() => this.#load())
  }

  #personForm() {
    const name = element('input', { className: 'form-control', required: true, autocomplete: 'off', id: 'share-name' })
    const kind = element(
      'select',
      { className: 'form-control', id: 'share-kind' },
      element('option', { value: 'user' }, t('User')),
      element('option', { value: 'group' }, t('Group')),
    )
    const form = element(
      'form',
      { className: 'share-form' },
      element('div', {}, element('label', { for: 'share-kind' }, t('Share with')), kind),
      element('div', {}, element('label', { for: 'share-name' }, t('Name')), name),
      element('button', { className: 'btn btn-primary' }, t('Share')),
    )
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      await this.#attempt(async () => {
        await this.api.request('POST', this.shares, { [kind.value]: name.value.trim() })
        name.value = ''
        await this.#load()
      })
    })
    return form
  }

  #linkForm() {
    const lifetime = element(
      'select',
      { className: 'form-control', id: 'share-lifetime' },
      ...lifetimes.map(([text, seconds]) => element('option', { value: seconds, selected: seconds === day }, t(text))),
    )
    const form = element(
      'form',
      { className: 'share-form' },
      element('div', {}, element('label', { for: 'share-lifetime' }, t('Link that works for')), lifetime),
      element('button', { className: 'btn btn-default' }, t('Make a link')),
    )
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      await this.#attempt(async () => {
        const { body } = await this.api.request('POST', this.codes, { expires_in: Number(lifetime.value) })
        this.#showLink(body.full_accept_url ?? new URL(body.accept_url, location.href).href)
        await this.#load()
      })
    })
    return form
  }

  #showLink(url) {
    const field = element('input', { className: 'form-control', readOnly: true, value: url })
    field.setAttribute('aria-label', t('Link to send'))
    const copy = element('button', { type: 'button', className: 'btn btn-default' }, t('Copy'))
    copy.addEventListener('click', async () => {
      field.select()
      await navigator.clipboard?.writeText(url)
      copy.textContent = t('Copied')
    })
    this.link.replaceChildren(
      element('p', {}, t('Send this link. It is shown only now.')),
      element('div', { className: 'input-group' }, field, ...(navigator.clipboard ? [copy] : [])),
    )
    this.link.classList.remove('hidden')
  }

  async #load() {
    const [{ body: shares }, { body: codes }] = await Promise.all([
      this.api.request('GET', this.shares),
      this.api.request('GET', this.codes),
    ])
    const entries = [
      ...shares.items.map(({ user, group }) => {
        const who = user ? { user: user.name } : { group: group.name }
        const label = user ? user.name : t('Group {name}', { name: group.name })
        return this.#entry(label, '', () => this.api.request('PATCH', this.shares, who))
      }),
      ...codes.items.map(({ id, expires_at: expires, exchange_count: count }) =>
        this.#entry(
          t('Link'),
          `${t('ends {when}', { when: timeAgo(new Date(expires)) })} · ${t('used {n} times', { n: count })}`,
          () => this.api.request('DELETE', `${this.codes}?id=${encodeURIComponent(id)}`),
        ),
      ),
    ]
    this.list.replaceChildren(
      ...(entries.length > 0 ? entries : [element('li', { className: 'text-muted' }, t('Nobody yet.'))]),
    )
  }

  #entry(label, detail, revoke) {
    const button = element('button', { type: 'button', className: 'btn btn-sm btn-danger' }, t('Revoke'))
    button.setAttribute('aria-label', t('Revoke {name}', { name: label }))
    button.addEventListener('click', async () => {
      button.disabled = true
      await this.#attempt(async () => {
        await revoke()
        await this.#load()
      })
      button.disabled = false
    })
    return element(
      'li',
      {},
      element('span', {}, label, ' ', element('small', { className: 'text-muted' }, detail)),
      button,
    )
  }

  async #attempt(action) {
    this.problem.classList.add('hidden')
    try {
      await action()
    } catch (error) {
      this.problem.textContent = error instanceof ApiError ? error.message : String(error)
      this.problem.classList.remove('hidden')
    }
  }
}
