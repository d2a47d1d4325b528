import { submitOnce } from './submit-once.js'

if (!window.isSecureContext) document.getElementById('insecure-login-warning')?.classList.remove('hidden')

const form = document.querySelector('#login-main form')
if (form?.querySelector('#login_submit')) submitOnce(form)

const toggle = document.getElementById('toggle_password_visibility')
toggle?.addEventListener('click', () => {
  const input = document.getElementById('password_input')
  const show = input.type === 'password'
  input.type = show ? 'text' : 'password'
  toggle.setAttribute('aria-pressed', String(show))
})
