// A process that asks PAM for the hub: one request at a time, for modules take as long as they like.
import { endWithParent, loadPam, type PamLibrary, type PamTransaction } from './libpam.js'
import type { CheckRequest, SessionRequest, Verdict, WorkerAnswer, WorkerRequest } from './protocol.js'

/** Of a process that keeps a session open. */
let session: PamTransaction | undefined
let library: PamLibrary | undefined

process.on('disconnect', () => {
  closeSession()
  process.exit()
})
process.on('message', (request: WorkerRequest) => {
  answer(request, (reply) => process.send?.(reply))
})

function answer(request: WorkerRequest, reply: (answer: WorkerAnswer) => void): void {
  try {
    reply({ verdict: verdictOn(request) })
  } catch (error) {
    reply({ broken: error instanceof Error ? error.message : String(error) })
  }
}

function verdictOn(request: WorkerRequest): Verdict {
  library ??= loadPam()
  switch (request.ask) {
    case 'check':
      return check(library, request)
    case 'open session':
      return openSession(library, request)
    case 'close session':
      return closeSession()
  }
}

function check(pam: PamLibrary, request: CheckRequest): Verdict {
  endWithParent()
  const transaction = pam.begin(request)
  try {
    const refusal = transaction.authenticate() ?? (request.checkAccount ? transaction.account() : undefined)
    return { refusal, ...transaction.said() }
  } finally {
    transaction.end()
  }
}

function openSession(pam: PamLibrary, { service, username }: SessionRequest): Verdict {
  const transaction = pam.begin({ service, username, answers: [], encoding: 'utf8' })
  const refusal = transaction.openSession()
  const said = transaction.said()
  if (refusal === undefined) session = transaction
  else transaction.end()
  return { refusal, ...said }
}

function closeSession(): Verdict {
  const refusal = session?.closeSession()
  session?.end()
  session = undefined
  return { refusal, messages: [], delayMs: 0 }
}
