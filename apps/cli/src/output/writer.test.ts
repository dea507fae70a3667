import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { OutputClosed } from '../failures.ts'
import { Writer } from './writer.ts'

/** A stream of which every write fails. */
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
])('%s means that whoever read has gone (terminal: %j)', async (code, isTTY) => {
  await expect(failing(code, isTTY).write('x')).rejects.toThrow(OutputClosed)
  const survives = failing(code, isTTY)
  survives.surviveClosing()
  await survives.write('x')
})

it.each([
  ['ENOSPC', false],
  ['EIO', false],
])('%s is a failure of its own', async (code, isTTY) => {
  await expect(failing(code, isTTY).write('x')).rejects.toThrow(code)
})
