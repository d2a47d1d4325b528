/** Header of a frame: the stream, three zeros, the length. */
const HEADER = 8

/** Text of a container's log, whose frames Docker puts headers before unless the container has a terminal. */
export function logText(log: Buffer): string {
  const parts: Buffer[] = []
  let at = 0
  while (at + HEADER <= log.length) {
    const [stream = 255, ...zeros] = log.subarray(at, at + 4)
    if (stream > 2 || zeros.some((byte) => byte !== 0)) return log.toString('utf8')
    const end = at + HEADER + log.readUInt32BE(at + 4)
    parts.push(log.subarray(at + HEADER, end))
    at = end
  }
  return Buffer.concat(parts).toString('utf8')
}
