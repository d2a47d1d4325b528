/** Disables the button and shows its spinner once the form is on its way, so that a second press does nothing. */
export function submitOnce(form) {
  const button = form.querySelector('[type="submit"]')
  form.addEventListener('submit', () => {
    button.classList.add('is-busy')
    button.disabled = true
  })
  // Coming back with the browser's button shows the page as it was left.
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    button.classList.remove('is-busy')
    button.disabled = false
  })
}
