import { Writable } from 'node:stream'
import type { Writer } from './writer.ts'

/** stdout for what writes to streams. */
export function writerStream(out: Writer): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      out.write(chunk).then(() => done(), done)
    },
  })
  // Who writes notices a failed stream at the next write; without a listener the process would end.
  return stream.on('error', () => undefined)
}
