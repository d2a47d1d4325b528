import koffi from 'koffi'
import type { PamEncoding, PamStage, Refusal, Verdict } from './protocol.js'

/** Only for processes of their own: calls into PAM take as long as its modules like, and may change the whole process. */
export interface PamLibrary {
  begin(request: BeginRequest): PamTransaction
}

export interface BeginRequest {
  readonly service: string
  readonly username: string
  readonly answers: readonly string[]
  readonly encoding: PamEncoding
  readonly remoteAddress?: string
}

/** One conversation with PAM. {@link end} must be called. */
export interface PamTransaction {
  authenticate(): Refusal | undefined
  account(): Refusal | undefined
  openSession(): Refusal | undefined
  closeSession(): Refusal | undefined
  /** What was said, and how long a refusal shall take. */
  said(): Pick<Verdict, 'messages' | 'delayMs'>
  end(): void
}

const PAM_SUCCESS = 0
const PAM_BUF_ERR = 5
const PAM_CONV_ERR = 19
const PAM_RHOST = 4
const PAM_FAIL_DELAY = 10
const PAM_ESTABLISH_CRED = 2
const PAM_DELETE_CRED = 4
const [PROMPT_ECHO_OFF, PROMPT_ECHO_ON, ERROR_MSG, TEXT_INFO] = [1, 2, 3, 4]
const MOST_MESSAGES = 32
const PR_SET_PDEATHSIG = 1
const SIGKILL = 9

const message = koffi.struct('pam_message', { style: 'int', text: 'const char *' })
const response = koffi.struct('pam_response', { text: 'void *', code: 'int' })
const conversation = koffi.struct('pam_conv', { ask: 'void *', data: 'void *' })
const askPrototype = koffi.proto('int pam_ask(int count, void *messages, void *responses, void *data)')
const delayPrototype = koffi.proto('void pam_delay(int status, uint microseconds, void *data)')

/** @throws when there is no libpam on this host */
export function loadPam(): PamLibrary {
  const pam = koffi.load('libpam.so.0')
  const c = koffi.load(null)
  const start = pam.func('pam_start', 'int', [
    'const char *',
    'const char *',
    koffi.pointer(conversation),
    koffi.out(koffi.pointer('void', 2)),
  ])
  const setText = pam.func('pam_set_item', 'int', ['void *', 'int', 'const char *'])
  const setPointer = pam.func('pam_set_item', 'int', ['void *', 'int', 'void *'])
  const step = (name: string): ((handle: unknown, flags: number) => number) =>
    pam.func(`int ${name}(void *handle, int flags)`) as (handle: unknown, flags: number) => number // as declared there
  const authenticate = step('pam_authenticate')
  const account = step('pam_acct_mgmt')
  const setCredentials = step('pam_setcred')
  const openSession = step('pam_open_session')
  const closeSession = step('pam_close_session')
  const end = pam.func('int pam_end(void *handle, int status)')
  const describe = pam.func('const char *pam_strerror(void *handle, int code)')
  const allocate = c.func('void *calloc(size_t count, size_t size)')
  const free = c.func('void free(void *pointer)')

  /** In memory that PAM itself frees. */
  const copied = (answer: Buffer): unknown => {
    const memory: unknown = allocate(answer.length + 1, 1)
    if (memory !== null) koffi.encode(memory, koffi.array('uint8', answer.length + 1), [...answer, 0])
    return memory
  }

  const begin = ({ service, username, answers, encoding, remoteAddress }: BeginRequest): PamTransaction => {
    const messages: string[] = []
    let delayMs = 0
    let prompts = 0
    let last = PAM_SUCCESS

    const nextAnswer = (): Buffer | undefined => {
      // Stacks that ask several modules may ask for the same password again.
      const answer = answers.length === 1 ? answers[0] : answers[prompts]
      prompts += 1
      return answer === undefined ? undefined : encoded(answer, encoding)
    }
    const answerAll = (count: number, messagePointers: unknown, responsesOut: unknown): number => {
      if (count <= 0 || count > MOST_MESSAGES) return PAM_CONV_ERR
      const responses: unknown = allocate(count, koffi.sizeof(response))
      if (responses === null) return PAM_BUF_ERR
      const texts: unknown[] = []
      const pointers = koffi.decode(messagePointers, koffi.array('void *', count)) as readonly unknown[] // of that type
      for (const pointer of pointers) {
        const { style, text } = koffi.decode(pointer, message) as { style: number; text: string | null } // of that type
        if (style === ERROR_MSG || style === TEXT_INFO) {
          if (text !== null) messages.push(text)
          texts.push(null)
          continue
        }
        const answer = style === PROMPT_ECHO_OFF || style === PROMPT_ECHO_ON ? nextAnswer() : undefined
        if (answer === undefined) {
          for (const given of texts) if (given !== null) free(given)
          free(responses)
          return PAM_CONV_ERR
        }
        texts.push(copied(answer))
      }
      koffi.encode(
        responses,
        koffi.array(response, count),
        texts.map((text) => ({ text, code: 0 })),
      )
      koffi.encode(responsesOut, 'void *', responses)
      return PAM_SUCCESS
    }
    const ask = koffi.register((count: number, pointers: unknown, out: unknown) => {
      try {
        return answerAll(count, pointers, out)
      } catch {
        // An exception must not travel through PAM's own frames.
        return PAM_CONV_ERR
      }
    }, koffi.pointer(askPrototype))
    // PAM would sleep here, and the process with it; whoever asked waits instead.
    const delay = koffi.register((status: number, microseconds: number) => {
      if (status !== PAM_SUCCESS) delayMs = Math.max(delayMs, Math.round(microseconds / 1000))
    }, koffi.pointer(delayPrototype))

    const handles: unknown[] = [null]
    const started = Number(start(service, username, { ask, data: null }, handles))
    const [handle] = handles
    const refusal = (stage: PamStage, code: number): Refusal | undefined => {
      last = code
      return code === PAM_SUCCESS ? undefined : { stage, code, reason: String(describe(handle, code)) }
    }
    const forget = (): void => {
      koffi.unregister(ask)
      koffi.unregister(delay)
    }
    if (started !== PAM_SUCCESS) {
      forget()
      throw new Error(`PAM cannot be used for the service ${JSON.stringify(service)}: error ${started}.`)
    }
    setPointer(handle, PAM_FAIL_DELAY, delay)
    if (remoteAddress !== undefined && remoteAddress !== '') setText(handle, PAM_RHOST, remoteAddress)

    return {
      authenticate: () => refusal('authentication', authenticate(handle, 0)),
      account: () => refusal('account', account(handle, 0)),
      openSession: () =>
        refusal('session', setCredentials(handle, PAM_ESTABLISH_CRED)) ?? refusal('session', openSession(handle, 0)),
      closeSession: () => {
        const closed = refusal('session', closeSession(handle, 0))
        setCredentials(handle, PAM_DELETE_CRED)
        return closed
      },
      said: () => ({ messages, delayMs }),
      end: () => {
        end(handle, last)
        forget()
      },
    }
  }
  return { begin }
}

/** Lets the kernel end this process together with the hub, also while a module hangs. */
export function endWithParent(): void {
  if (process.platform !== 'linux') return
  const prctl = koffi.load(null).func('int prctl(int option, ulong a, ulong b, ulong c, ulong d)')
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
}

function encoded(text: string, encoding: PamEncoding): Buffer {
  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      return Buffer.from(text, 'utf8')
    case 'latin1':
    case 'latin-1':
    case 'iso-8859-1':
    case 'ascii':
      return Buffer.from(text, 'latin1')
  }
}
