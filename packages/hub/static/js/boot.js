// Runs before the page is drawn, as a classic script: it sets what other scripts and the first paint need.
;(() => {
  const root = document.documentElement
  root.classList.add('js')
  window.jhdata = JSON.parse(document.getElementById('jhdata')?.textContent ?? '{}')
  window._jupyterhub_page_loaded = false

  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const applyTheme = () => {
    let stored = null
    try {
      stored = localStorage.getItem('jupyterhub-bs-theme')
    } catch {
      // Storage may be forbidden; the system's choice will do.
    }
    root.dataset.bsTheme = stored === 'dark' || stored === 'light' ? stored : system.matches ? 'dark' : 'light'
  }
  applyTheme()
  system.addEventListener('change', applyTheme)
  // Another tab of the hub has changed it.
  window.addEventListener('storage', applyTheme)
})()
