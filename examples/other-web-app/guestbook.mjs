// A web app as anybody might write one: it knows nothing of the hub but one header.
import { createServer } from 'node:http'

const entries = []

createServer((request, response) => {
  const visitor = decodeURIComponent(request.headers['x-forwarded-user'] ?? 'somebody')
  if (request.method === 'POST') {
    entries.push(visitor)
    response.writeHead(303, { Location: '/' }).end()
    return
  }
  const list = entries.map((name) => `<li>${name.replace(/[^\w .@-]/g, '?')}</li>`).join('')
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><title>Guest book</title><h1>Hello ${visitor.replace(/[^\w .@-]/g, '?')}</h1>
<ol>${list}</ol><form method="post" action="./"><button name="sign">Sign the guest book</button></form>`)
}).listen(Number(process.env.PORT), '127.0.0.1')
