import { randomUUID } from 'node:crypto'
import type { Browser } from './browser.js'

interface KernelMessage {
  readonly header: { readonly msg_type: string }
  readonly parent_header: { readonly msg_id?: string }
  readonly content: {
    readonly text?: string
    readonly evalue?: string
    readonly execution_state?: string
    readonly data?: Readonly<Record<string, string>>
  }
}

/**
 * Runs code in a fresh kernel of a Jupyter server, over the WebSocket that the front ends use.
 *
 * @param prefix - the server's base URL path, such as `/user/ada/`
 * @returns the text of the result, or what the code printed
 */
export async function runCode(browser: Browser, prefix: string, code: string): Promise<string> {
  const created = await browser.api('POST', `${prefix}api/kernels`, { name: 'python3' })
  if (created.status !== 201) throw new Error(`no kernel: ${created.status} ${created.text}`)
  const { id } = created.json<{ id: string }>()
  try {
    using socket = await browser.socket(`${prefix}api/kernels/${id}/channels?session_id=${randomUUID()}`)
    const messageId = randomUUID()
    socket.send(JSON.stringify(executeRequest(messageId, code)))
    let printed = ''
    for (;;) {
      // A fresh kernel takes seconds to answer on a busy machine.
      const message = JSON.parse(await socket.next(60_000)) as KernelMessage
      if (message.parent_header.msg_id !== messageId) continue
      const { content, header } = message
      if (header.msg_type === 'execute_result') return content.data?.['text/plain'] ?? ''
      if (header.msg_type === 'error') throw new Error(content.evalue)
      if (header.msg_type === 'stream') printed += content.text ?? ''
      if (header.msg_type === 'status' && content.execution_state === 'idle') return printed
    }
  } finally {
    await browser.api('DELETE', `${prefix}api/kernels/${id}`)
  }
}

function executeRequest(messageId: string, code: string): object {
  return {
    header: {
      msg_id: messageId,
      msg_type: 'execute_request',
      username: '',
      session: randomUUID(),
      date: new Date().toISOString(),
      version: '5.3',
    },
    parent_header: {},
    metadata: {},
    content: {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    },
    channel: 'shell',
    buffers: [],
  }
}
