import { Writable } from 'node:stream'
import type { Writer } from '../output/writer.ts'
import { printable } from '../printable.ts'

/** Text on stdout for what writes to streams; on a terminal without what a terminal would act upon. */
export function writerStream(out: Writer): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      const text = out.isTerminal ? chunk.split('\n').map(printable).join('\n') : chunk
      out.write(text).then(() => done(), done)
    },
  })
  // Who writes notices a failed stream at the next write; without a listener the process would end.
  return stream.on('error', () => undefined)
}
