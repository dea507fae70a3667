import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSink, type FormatName } from '@chatlayer-tables/files'
import { expect, it } from 'vitest'
import { Writer } from './writer.ts'
import { writerStream } from './writer-stream.ts'

/** A stream that takes its time for each chunk. */
function slowOutput() {
  const chunks: string[] = []
  const stream = new PassThrough()
  stream._transform = (chunk, _, done) => {
    sleep(5).then(() => {
      chunks.push(String(chunk))
      done()
    })
  }
  return { stream: stream.resume(), chunks }
}

it.each<FormatName>(['csv', 'tsv', 'json', 'ndjson'])(
  'every row of %s is written when its sink has ended',
  async (format) => {
    const { stream, chunks } = slowOutput()
    const out = new Writer(stream as never, {})
    const sink = createSink(format, [{ name: 'n', type: 'int' }], writerStream(out))
    for (let n = 1; n <= 20; n++) await sink.write([{ n }])
    await sink.end()
    const text = chunks.join('')
    for (let n = 1; n <= 20; n++) expect(text).toMatch(new RegExp(`\\b${n}\\b`))
  },
)
