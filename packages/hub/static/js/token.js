import { attempt, HubApi, path } from './jhapi.js'
import { t } from './messages.js'
import { submitOnce } from './submit-once.js'

const page = document.getElementById('token')
const api = new HubApi()

function bindRequest({ user }) {
  const form = document.getElementById('request-token-form')
  const button = form.querySelector('[type="submit"]')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const lifetime = document.getElementById('token-expiration-seconds').value
    const scopes = document
      .getElementById('token-scopes')
      .value.split(/[\s,]+/)
      .filter((scope) => scope !== '')
    button.disabled = true
    await attempt(async () => {
      const { body } = await api.request('POST', path('users', user, 'tokens'), {
        note: document.getElementById('token-note').value || 'Requested via token page',
        expires_in: lifetime === '' ? null : Number(lifetime),
        // No scopes at all mean those of the user.
        ...(scopes.length === 0 ? {} : { scopes }),
      })
      document.getElementById('token-result').textContent = body.token
      document.getElementById('token-area').classList.remove('hidden')
      document.getElementById('token-area').scrollIntoView({ block: 'nearest' })
    })
    button.disabled = false
  })
}

function bindCopy() {
  const button = document.getElementById('copy-token')
  // Browsers offer the clipboard over https only.
  if (!navigator.clipboard) {
    button?.remove()
    return
  }
  button?.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById('token-result').textContent)
    button.textContent = t('Copied')
  })
}

function bindRevoke(row, { user }) {
  const button = row.querySelector('.revoke-token-btn')
  button?.addEventListener('click', async () => {
    button.disabled = true
    const revoked = await attempt(() => api.request('DELETE', path('users', user, 'tokens', row.dataset.tokenId)))
    if (revoked) row.remove()
    else button.disabled = false
  })
}

/** Ticking a scope writes it into the field, and the field ticks what is written in it. */
function bindScopeChoices() {
  const field = document.getElementById('token-scopes')
  const boxes = [...document.querySelectorAll('#scope-choices input')]
  const written = () => field.value.split(/[\s,]+/).filter((scope) => scope !== '')
  for (const box of boxes) {
    box.addEventListener('change', () => {
      const others = written().filter((scope) => scope !== box.value)
      field.value = (box.checked ? [...others, box.value] : others).join(' ')
    })
  }
  field?.addEventListener('input', () => {
    const scopes = new Set(written())
    for (const box of boxes) box.checked = scopes.has(box.value)
  })
}

if (page) {
  bindScopeChoices()
  const ending = page.querySelector('.end-sessions')
  if (ending) submitOnce(ending)
  bindRequest(page.dataset)
  bindCopy()
  for (const row of page.querySelectorAll('tr.token-row')) bindRevoke(row, page.dataset)
}
