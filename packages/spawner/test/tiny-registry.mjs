// A registry with one image, `tiny:latest`, of one file. Prints its port.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

const digest = (data) => `sha256:${createHash('sha256').update(data).digest('hex')}`

function tar(name, content) {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write('0000644\0', 100)
  header.write('0000000\0'.repeat(2), 108)
  header.write(content.length.toString(8).padStart(11, '0'), 124)
  header.write('00000000000', 136)
  header.write('        0ustar\x0000', 148, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512), Buffer.alloc(1024)])
}

const layer = tar('hello', Buffer.alloc(200_000, 'x'))
const packed = gzipSync(layer, { level: 0 })
const config = Buffer.from(
  JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  }),
)
const media = 'application/vnd.docker.'
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: `${media}distribution.manifest.v2+json`,
    config: { mediaType: `${media}container.image.v1+json`, size: config.length, digest: digest(config) },
    layers: [{ mediaType: `${media}image.rootfs.diff.tar.gzip`, size: packed.length, digest: digest(packed) }],
  }),
)
const blobs = new Map([config, packed, manifest].map((blob) => [digest(blob), blob]))

const server = createServer((request, response) => {
  const last = request.url.split('/').at(-1)
  const isManifest = request.url.startsWith('/v2/tiny/manifests/')
  const blob = isManifest && last === 'latest' ? manifest : blobs.get(last)
  if (request.url === '/v2/') return void response.end('{}')
  if (blob === undefined)
    return void response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
  response.writeHead(200, {
    'content-type': isManifest ? `${media}distribution.manifest.v2+json` : 'application/octet-stream',
    'content-length': blob.length,
    'docker-content-digest': digest(blob),
  })
  response.end(request.method === 'HEAD' ? undefined : blob)
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
