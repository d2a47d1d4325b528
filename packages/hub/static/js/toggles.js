// Menus and dialogs that customised templates mark up the way Bootstrap has it.

const dropdowns = '[data-bs-toggle="dropdown"], [data-toggle="dropdown"]'
const modals = '[data-bs-toggle="modal"], [data-toggle="modal"]'

const menuOf = (toggle) => toggle.parentElement?.querySelector('.dropdown-menu')

function setOpen(toggle, open) {
  menuOf(toggle)?.classList.toggle('show', open)
  toggle.setAttribute('aria-expanded', String(open))
}

/** Opens and closes what `data-bs-toggle` marks; a press elsewhere, or Escape, closes menus. */
export function bindToggles() {
  document.addEventListener('click', (event) => {
    const pressed = event.target.closest(dropdowns)
    for (const toggle of document.querySelectorAll(dropdowns)) {
      setOpen(toggle, toggle === pressed && !menuOf(toggle)?.classList.contains('show'))
    }
    const modal = event.target.closest(modals)
    const target = modal?.dataset.bsTarget ?? modal?.dataset.target
    if (target) document.querySelector(target)?.showModal?.()
    if (pressed || modal) event.preventDefault()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') document.querySelectorAll(dropdowns).forEach((toggle) => setOpen(toggle, false))
  })
}
