const key = 'jupyterhub-bs-theme'

/** Lets the button switch between light and dark, and remembers the choice. */
export function bindThemeToggle(button) {
  const root = document.documentElement
  button?.addEventListener('click', () => {
    const theme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark'
    root.dataset.bsTheme = theme
    try {
      localStorage.setItem(key, theme)
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  })
}
