// Counts the redirects between hub and server; a reload is to begin anew.
const url = new URL(location.href)
if (url.searchParams.has('redirects')) {
  url.searchParams.delete('redirects')
  history.replaceState(null, '', url)
}
