import { t } from './messages.js'

function bindDismiss(dialog) {
  dialog.addEventListener('click', (event) => {
    if (event.target.closest('[data-bs-dismiss="modal"], [data-dismiss="modal"]')) dialog.close()
  })
}

/** Makes the dialogs that stand in the page close by their buttons. */
export function bindDialogs() {
  document.querySelectorAll('dialog.modal').forEach(bindDismiss)
}

/** Opens the page's error dialog. */
export function showError(message) {
  const dialog = document.getElementById('error-dialog')
  const body = dialog?.querySelector('.modal-body')
  if (!dialog || !body) {
    window.alert(message)
    return
  }
  const text = document.createElement('p')
  text.className = 'error-text'
  text.textContent = message
  body.replaceChildren(text)
  if (!dialog.open) dialog.showModal()
}

/** Asks before something that cannot be undone; resolves to whether to go on. */
export function confirm({ title, message, action }) {
  const dialog = document.createElement('dialog')
  dialog.className = 'modal'
  dialog.setAttribute('aria-label', title)
  const heading = Object.assign(document.createElement('h2'), { className: 'modal-title', textContent: title })
  const body = Object.assign(document.createElement('p'), { className: 'modal-body', textContent: message })
  const cancel = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'btn btn-default',
    textContent: t('Cancel'),
  })
  const go = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'btn btn-danger',
    textContent: action,
  })
  const footer = Object.assign(document.createElement('div'), { className: 'modal-footer' })
  footer.append(cancel, go)
  dialog.append(heading, body, footer)
  document.body.append(dialog)
  return new Promise((resolve) => {
    cancel.addEventListener('click', () => dialog.close())
    go.addEventListener('click', () => dialog.close('go'))
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'go')
    })
    dialog.showModal()
    cancel.focus()
  })
}
