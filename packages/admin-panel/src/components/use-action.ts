import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { useNotices } from './notices.js'

/**
 * Something that is done at the press of a button: not twice at once, with a notice of how it went, and with what the
 * panel shows read anew afterwards.
 */
export function useAction(): {
  readonly isBusy: boolean
  readonly run: (action: () => Promise<unknown>, done?: string) => Promise<boolean>
} {
  const [isBusy, setBusy] = useState(false)
  const notices = useNotices()
  const queries = useQueryClient()
  const run = useCallback(
    async (action: () => Promise<unknown>, done?: string): Promise<boolean> => {
      setBusy(true)
      try {
        await action()
        if (done !== undefined) notices.done(done)
        return true
      } catch (error) {
        notices.failed(error instanceof Error ? error.message : String(error))
        return false
      } finally {
        setBusy(false)
        void queries.invalidateQueries()
      }
    },
    [notices, queries],
  )
  return { isBusy, run }
}
