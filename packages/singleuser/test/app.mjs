// A web app that is not Jupyter: it tells what it saw, sets cookies, redirects, and echoes WebSockets.
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const [port, ...words] = process.argv.slice(2)
if (words.includes('fails')) process.exit(7)
if (words.includes('stubborn')) process.on('SIGTERM', () => {})
// A child that takes no notice of its parent's end.
if (words.includes('child')) spawn('sleep', ['1000'], { stdio: 'ignore' })

const server = createServer((request, response) => {
  const { method, url, headers } = request
  if (url.endsWith('/login')) return void response.writeHead(302, { location: '/welcome?x=1' }).end()
  if (url.endsWith('/away')) return void response.writeHead(302, { location: 'https://example.org/' }).end()
  if (url.endsWith('/end')) return void process.exit(3)
  response.setHeader('content-type', 'application/json')
  response.setHeader('set-cookie', ['theirs=1; Path=/', 'deep=1; path=/deep', 'jupyterhub-session-id=forged; Path=/'])
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    const { pid } = process
    const secret = process.env.JUPYTERHUB_API_TOKEN
    response.end(JSON.stringify({ method, url, headers, body, pid, words, PORT: process.env.PORT, secret }))
  })
})
server.on('upgrade', (request, socket) => {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}\r\n\r\n`,
  )
  socket.on('error', () => {})
  const text = Buffer.from(
    JSON.stringify({ url: request.url, user: request.headers['x-forwarded-user'], cookie: request.headers.cookie }),
  )
  socket.write(Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 255]), text]))
  socket.on('data', (chunk) => {
    const length = chunk[1] & 0x7f
    const mask = chunk.subarray(2, 6)
    const payload = Buffer.from(chunk.subarray(6, 6 + length).map((byte, index) => byte ^ mask[index % 4]))
    socket.write(Buffer.concat([Buffer.from([chunk[0], length]), payload]))
    if ((chunk[0] & 15) === 8) socket.end()
  })
})
setTimeout(() => server.listen(Number(port), '127.0.0.1'), words.includes('slow') ? 1_500 : 0)
