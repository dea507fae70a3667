/** Files that are read whole: devices, pipes, folders and huge files end with a reason, and soon. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSmallFile, readSmallFileSync, readSmallStream } from '../src/index.ts'

let folder: string
const at = (name: string): string => (name.startsWith('/') ? name : join(folder, name))

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'small-file-'))
  mkdirSync(at('folder'))
  writeFileSync(at('file'), 'text é')
  writeFileSync(at('full'), 'x'.repeat(1_000))
  writeFileSync(at('long'), 'x'.repeat(1_001))
  writeFileSync(at('huge'), '')
  truncateSync(at('huge'), 2 ** 40)
  if (process.platform !== 'win32') execFileSync('mkfifo', [at('pipe')])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const options = { maxBytes: 1_000 }

describe.runIf(process.platform === 'linux')('refused', () => {
  it.each([
    ['/dev/zero', 'not-a-file', 'it is a device'],
    ['/dev/urandom', 'not-a-file', 'it is a device'],
    ['/dev/null', 'not-a-file', 'it is a device'],
    ['folder', 'not-a-file', 'it is a folder'],
    ['pipe', 'not-a-file', 'it is a pipe'],
    ['long', 'too-large', 'it is larger than 1,000 bytes'],
    ['huge', 'too-large', 'it is larger than 1,000 bytes'],
    // Its reported size is 0.
    ['/proc/kallsyms', 'too-large', 'it is larger than 1,000 bytes'],
    ['none', 'missing', 'there is no such file'],
    ['file/below', 'missing', 'there is no such file'],
  ])('%s: %s', async (name, problem, message) => {
    const path = at(name)
    const expected = { name: 'SmallFileError', problem, path, message }
    await expect(readSmallFile(path, options)).rejects.toMatchObject(expected)
    let thrown: unknown
    try {
      readSmallFileSync(path, options)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject(expected)
  })
})

it.each([
  ['file', 'text é'],
  ['full', 'x'.repeat(1_000)],
])('%s is read', async (name, text) => {
  expect(await readSmallFile(at(name), options)).toBe(text)
  expect(readSmallFileSync(at(name), options)).toBe(text)
})

it('a stream is read to its end, or until it is too long', async () => {
  const chunks = [
    'é',
    Buffer.from('x'),
    Buffer.from('é').subarray(0, 1),
    Buffer.from('é').subarray(1),
  ]
  const options = { name: 'stdin', maxBytes: 5 }
  expect(await readSmallStream(Readable.from(chunks), options)).toBe('éxé')
  const endless = Readable.from(
    (function* () {
      for (;;) yield 'xx'
    })(),
  )
  const problem = { problem: 'too-large', path: 'stdin' }
  await expect(readSmallStream(endless, options)).rejects.toMatchObject(problem)
})

describe.runIf(process.platform !== 'win32')('a pipe, where one is accepted', () => {
  const read = (pipeTimeoutMs = 20_000) =>
    readSmallFile(at('pipe'), { maxBytes: 1_000, pipeTimeoutMs })
  const write = (script: string) => spawn('sh', ['-c', script, 'sh', at('pipe')])

  it('is read to its end, however slowly it comes', async () => {
    write('exec >"$1"; printf one; sleep 0.2; printf two')
    expect(await read()).toBe('onetwo')
  })

  it('is empty without a writer', async () => {
    expect(await read()).toBe('')
  })

  it('that does not end is given up', async () => {
    const writer = write('exec >"$1"; sleep 30')
    await expect(read(300)).rejects.toMatchObject({ problem: 'silent' })
    writer.kill()
  })

  it('with more than there may be is given up', async () => {
    const writer = write('exec >"$1"; exec cat /dev/zero')
    await expect(read()).rejects.toMatchObject({ problem: 'too-large' })
    writer.kill()
  })
})
