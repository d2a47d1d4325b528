const bufferBytes = 64 * 1024
const maxSpare = 32

/**
 * Memory that sockets to targets read into. Node's default is a new 64 KB block for every read, which costs more than
 * the read. Here all idle connections and all first reads share one block, and a connection in the middle of a long
 * answer has one of its own, which goes back when the answer is over.
 */
export class ReadBuffers {
  /** Valid only until the reader returns: another connection may fill it next. */
  readonly shared = Buffer.allocUnsafeSlow(bufferBytes)
  private readonly spare: Buffer[] = []

  take(): Buffer {
    return this.spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** Only for memory that nothing waits to be written from. */
  giveBack(buffer: Buffer): void {
    if (this.spare.length < maxSpare) this.spare.push(buffer)
  }
}
