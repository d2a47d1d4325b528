import { DatabaseError, DatabaseTimeoutError } from './errors.js'
import type { Sql, Transaction } from './sql.js'

/**
 * Runs `work` with a view of `sql` that dies with it: a statement that somebody forgot to wait for must not slip into
 * the next caller's transaction, and work that hangs must not keep all others from writing.
 */
export async function runWork<T>(sql: Sql, timeoutMs: number, work: (tx: Transaction) => Promise<T>): Promise<T> {
  let isOver = false
  const assertOpen = () => {
    if (isOver)
      throw new DatabaseError('A statement came after its transaction had ended; await every statement inside.')
  }
  const tx: Transaction = {
    kind: sql.kind,
    log: sql.log,
    async all(text, params) {
      assertOpen()
      return sql.all(text, params)
    },
    async run(text, params) {
      assertOpen()
      return sql.run(text, params)
    },
  }
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DatabaseTimeoutError('a transaction', timeoutMs)), timeoutMs)
  })
  try {
    return await Promise.race([work(tx), deadline])
  } finally {
    isOver = true
    clearTimeout(timer)
  }
}
