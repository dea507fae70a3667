import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { OutputClosed } from '../failures.ts'
import { Writer } from './writer.ts'

/** A writer whose writes all fail. */
function failing(code: string, isTTY: boolean): Writer {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  })
  return new Writer(Object.assign(stream, { isTTY }), {})
}

it.each([
  ['EPIPE', false],
  ['EOF', false],
  ['EIO', true],
])('%s means that the reader has closed the stream (terminal: %j)', async (code, isTTY) => {
  await expect(failing(code, isTTY).write('x')).rejects.toThrow(OutputClosed)
  const survives = failing(code, isTTY)
  survives.surviveClosing()
  await survives.write('x')
})

it.each([
  ['ENOSPC', false],
  ['EIO', false],
])('%s is reported as a failure', async (code, isTTY) => {
  await expect(failing(code, isTTY).write('x')).rejects.toThrow(code)
})
