import { bindDialogs } from './dialogs.js'
import { bindThemeToggle } from './theme.js'
import { showTimesRelative } from './time-ago.js'
import { bindToggles } from './toggles.js'

function bindNavigation() {
  const toggler = document.querySelector('.navbar-toggler')
  const menu = document.getElementById('thenavbar')
  toggler?.addEventListener('click', () => {
    const open = menu.classList.toggle('show')
    toggler.setAttribute('aria-expanded', String(open))
  })

  for (const link of document.querySelectorAll('.navbar .nav-link[href]')) {
    if (new URL(link.href).pathname === location.pathname) link.setAttribute('aria-current', 'page')
  }

  const dropdowns = [...document.querySelectorAll('details.dropdown')]
  const closeOthers = (target) => {
    for (const dropdown of dropdowns) if (!dropdown.contains(target)) dropdown.open = false
  }
  document.addEventListener('click', (event) => closeOthers(event.target))
  document.addEventListener('keydown', (event) => {
    const open = dropdowns.find((dropdown) => dropdown.open)
    if (event.key !== 'Escape' || !open) return
    open.open = false
    open.querySelector('summary').focus()
  })
}

bindNavigation()
bindDialogs()
bindToggles()
bindThemeToggle(document.getElementById('dark-theme-toggle'))
showTimesRelative()

// Fires after every script of the page has run; tests and customised pages wait for the flag.
document.addEventListener('DOMContentLoaded', () => {
  window._jupyterhub_page_loaded = true
})
