import { ResponseSyntaxError } from './response-head.js'

const maxChunkLineBytes = 4096
const maxTrailerBytes = 16 * 1024
const cr = 0x0d
const lf = 0x0a
const semicolon = 0x3b

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'trailer-lf' | 'done'

/**
 * Takes the framing off a chunked body, however the bytes are cut. Trailers are read and dropped.
 *
 * ```ts
 * const end = decoder.decode(bytes, 0, bytes.length, (from, to) => out.push(bytes.subarray(from, to)))
 * ```
 */
export class ChunkedDecoder {
  private state: State = 'size'
  private left = 0
  private digits = 0
  private lineBytes = 0
  private trailerBytes = 0
  private trailerLine = 0

  get done(): boolean {
    return this.state === 'done'
  }

  /**
   * @param onData - told the ranges of `bytes` that are body
   * @returns where the body ended, or `to` when it goes on
   * @throws {@link ResponseSyntaxError}
   */
  decode(bytes: Uint8Array, from: number, to: number, onData: (from: number, to: number) => void): number {
    let at = from
    while (at < to && this.state !== 'done') {
      if (this.state === 'data') {
        const end = Math.min(to, at + this.left)
        onData(at, end)
        this.left -= end - at
        at = end
        if (this.left === 0) this.state = 'data-cr'
      } else {
        this.step(bytes[at] ?? 0)
        at++
      }
    }
    return at
  }

  private step(byte: number): void {
    switch (this.state) {
      case 'size':
      case 'extension':
        this.sizeLine(byte)
        return
      case 'size-lf':
        expectByte(byte, lf)
        this.lineBytes = 0
        this.digits = 0
        this.trailerLine = 0
        this.state = this.left > 0 ? 'data' : 'trailer'
        return
      case 'data-cr':
        expectByte(byte, cr)
        this.state = 'data-lf'
        return
      case 'data-lf':
        expectByte(byte, lf)
        this.state = 'size'
        return
      case 'trailer':
        if (++this.trailerBytes > maxTrailerBytes) throw new ResponseSyntaxError('too long trailers')
        if (byte === lf) throw new ResponseSyntaxError('a bare line feed in the trailers')
        if (byte === cr) this.state = 'trailer-lf'
        else this.trailerLine++
        return
      case 'trailer-lf':
        expectByte(byte, lf)
        this.state = this.trailerLine === 0 ? 'done' : 'trailer'
        this.trailerLine = 0
        return
      case 'data':
      case 'done':
    }
  }

  private sizeLine(byte: number): void {
    if (++this.lineBytes > maxChunkLineBytes) throw new ResponseSyntaxError('a too long chunk header')
    if (byte === cr) {
      if (this.digits === 0) throw new ResponseSyntaxError('a chunk without a size')
      this.state = 'size-lf'
      return
    }
    if (this.state === 'extension') {
      if (byte === lf) throw new ResponseSyntaxError('a bare line feed in a chunk header')
      return
    }
    const digit = hexDigit(byte)
    if (digit >= 0) {
      // 12 hex digits are 256 TB and stay exact in a number.
      if (++this.digits > 12) throw new ResponseSyntaxError('a too large chunk')
      this.left = this.left * 16 + digit
    } else if (this.digits > 0 && byte === semicolon) {
      this.state = 'extension'
    } else {
      throw new ResponseSyntaxError('a malformed chunk size')
    }
  }
}

function expectByte(byte: number, expected: number): void {
  if (byte !== expected) throw new ResponseSyntaxError('malformed chunked framing')
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
