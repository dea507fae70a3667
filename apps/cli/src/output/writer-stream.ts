import { Writable } from 'node:stream'
import type { Writer } from './writer.ts'

/**
 * A {@link Writer} as a stream. It is full until each chunk is written, so a caller that waits for it knows that
 * the output is complete.
 */
export function writerStream(out: Writer): Writable {
  const stream = new Writable({
    decodeStrings: false,
    highWaterMark: 1,
    write(chunk: string | Uint8Array, _encoding, done) {
      out.write(chunk).then(() => done(), done)
    },
  })
  // The next write reports the failure; without a listener the process would end.
  return stream.on('error', () => undefined)
}
