import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/connection.js'
import { pageFacts } from './api/page-facts.js'
import { whoamiQuery } from './api/scopes.js'
import { App } from './app.js'
import { NoticesProvider } from './components/notices.js'
import { loadMessages } from './messages.js'
import './panel.css'
import { prefetchUsers } from './users/user-query.js'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // What the hub refuses it refuses again.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
})

// Both are under way before anything is drawn.
queries.query(whoamiQuery).catch(() => undefined) // whoever shows it hears of the error
prefetchUsers(queries)

const root = document.getElementById('admin-panel')
if (root !== null) {
  await loadMessages(pageFacts().lang)
  createRoot(root).render(
    <QueryClientProvider client={queries}>
      <NoticesProvider>
        <App />
      </NoticesProvider>
    </QueryClientProvider>,
  )
}
