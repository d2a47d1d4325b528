import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/connection.js'
import { App } from './app.js'
import { NoticesProvider } from './components/notices.js'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // What the hub refuses it refuses again.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
})

function draw(): void {
  const root = document.getElementById('admin-panel')
  if (root === null) return
  createRoot(root).render(
    <QueryClientProvider client={queries}>
      <NoticesProvider>
        <App />
      </NoticesProvider>
    </QueryClientProvider>,
  )
}

/** Draws the panel, as soon as the page has a place for it. */
export function showPanel(): void {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', draw)
  else draw()
}
