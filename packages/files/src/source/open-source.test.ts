import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutAt, readAll, rejectionOf } from '../../test/reading.ts'
import { openSource } from './open-source.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-source-'))
})

afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

describe('openSource', () => {
  it.each([
    ['x.csv', 'a,b\n1,2\n', 'csv'],
    ['x.csv', 'a\tb\n1\t2\n', 'tsv'],
    ['x.tsv', 'a\n1\n', 'tsv'],
    ['x.txt', 'a;b\n1;2\n', 'csv'],
    ['x', '[{"a":1}]', 'json'],
    ['x.csv', '\n [\n {"a":1}]', 'json'],
    ['x', '{"a":1}\n', 'ndjson'],
    ['x.json', '{"a":1}\n{"a":2}\n', 'ndjson'],
    ['x.csv', '[note],b\n1,2\n', 'csv'],
    ['x.csv', '{id},b\n1,2\n', 'csv'],
    ['x.csv', 'PK,b\n1,2\n', 'csv'],
  ])('detects what %s with %j is', async (name, text, format) => {
    expect((await readAll(text, { name })).format).toBe(format)
  })

  it('reads the format that is set', async () => {
    expect(await readAll('a|b,c\n', { format: 'csv', delimiter: ',' })).toMatchObject({
      header: ['a|b', 'c'],
    })
    expect(await readAll('a,b\tc\n', { format: 'tsv' })).toMatchObject({ header: ['a,b', 'c'] })
    expect((await rejectionOf(readAll('a,b\n1,2', { format: 'json' }))).message).toContain(
      'it does not begin with a list',
    )
    expect((await rejectionOf(readAll('a,b\n', { format: 'xlsx' }))).message).toBe(
      'this is not an XLSX file',
    )
  })

  it('returns headers unchanged, including blank and repeated ones', async () => {
    const { header, rows } = await readAll('a,,a,""," ", b \n1,2,3,4,5,6\n')
    expect(header).toEqual(['a', null, 'a', null, null, ' b '])
    expect(rows[0]?.cells).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  it('skips blank lines if there are several columns, and notes those in between', async () => {
    const { rows, notes } = await readAll('\n\na,b\n\n1,2\n\n\n3,4\n\n\n\n')
    expect(rows.map(({ line }) => line)).toEqual([5, 8])
    expect(notes).toEqual(['3 blank lines skipped'])
  })

  it('takes a blank line for a null where there is one column', async () => {
    const { rows, notes } = await readAll('a\n1\n\n""\n')
    expect(rows.map(({ cells }) => cells)).toEqual([['1'], [null], ['']])
    expect(notes).toEqual([])
  })

  it('counts a sep line among the lines', async () => {
    const { header, rows, notes } = await readAll('sep=;\r\na;b\r\n1;2\r\n"3\r\n";4\r\n5;6')
    expect(header).toEqual(['a', 'b'])
    expect(rows.map(({ line }) => line)).toEqual([3, 4, 6])
    expect(notes).toEqual(['cells are separated by ";"'])
    const bad = await readAll('sep=;\na;b\n"1"x;2\n', { name: 'x.csv' })
    expect(bad.error?.message).toContain('x.csv, line 3: something follows')
  })

  it('gives the rows before a failure', async () => {
    const { rows, error } = await readAll('a,b\n1,2\n3,"4\n', { name: 'x.csv' })
    expect(rows).toEqual([{ line: 2, cells: ['1', '2'] }])
    expect(error?.message).toBe('x.csv, line 3: a quote was opened and never closed')
    expect(error?.hint).toContain('doubled')
  })

  it.each(['<!DOCTYPE html>\n<html>', '<?xml version="1.0"?>', '\n<table border=1>'])(
    'reports that %j is not a table',
    async (text) => {
      const { message, hint } = await rejectionOf(readAll(text, { name: 'x.csv' }))
      expect(message).toBe('x.csv is a web page or XML, despite its name')
      expect(hint).toContain('save it as .xlsx')
      expect(await readAll(`${text}\n`, { format: 'csv' })).toMatchObject({ format: 'csv' })
    },
  )

  it('takes NDJSON without lines for no records', async () => {
    expect(await readAll('', { name: 'x.ndjson' })).toMatchObject({ header: [], rows: [] })
    expect(await readAll('\n', { format: 'ndjson' })).toMatchObject({ header: [], rows: [] })
  })

  it.each(['', '\ufeff', '\n\n  \n'])('says that %j is empty', async (text) => {
    const { message } = await rejectionOf(readAll(text, { name: 'x.csv' }))
    expect(message).toBe('x.csv is empty')
  })

  it('unpacks gzip, and counts what it read of the file', async () => {
    const text = `a,b\n${'1,2\n'.repeat(100_000)}`
    const packed = gzipSync(text)
    const path = await file('x.csv.gz', packed)
    const source = await openSource({ path })
    expect(source.bytesTotal).toBe(packed.length)
    let rows = 0
    for await (const _ of source.rows) rows += 1
    expect(rows).toBe(100_000)
    expect(source.bytesRead()).toBe(packed.length)
  })

  it('reads gzip of several parts, as log rotation makes them', async () => {
    const packed = Buffer.concat([gzipSync('a\n1\n'), gzipSync('2\n')])
    const { rows } = await readAll(packed)
    expect(rows.map(({ cells }) => cells)).toEqual([['1'], ['2']])
  })

  it('says that gzip is cut short or broken', async () => {
    const packed = gzipSync(`a\n${Array.from({ length: 2000 }, (_, i) => i * 7919).join('\n')}`)
    expect((await rejectionOf(readAll(packed.subarray(0, 200)))).message).toContain(
      'ends too early',
    )
    const broken = Buffer.from(packed)
    broken.fill(0xff, 100, 120)
    expect((await rejectionOf(readAll(broken))).message).toContain('gzip is broken')
    expect((await rejectionOf(readAll(gzipSync(gzipSync('a'))))).message).toContain(
      'no text inside',
    )
  })

  it('counts the bytes of a plain file as it goes', async () => {
    const path = await file('big.csv', `a,b\n${'1,2\n'.repeat(1_000_000)}`)
    const source = await openSource({ path })
    for await (const { line } of source.rows) if (line === 100_000) break
    expect(source.bytesRead()).toBeGreaterThan(400_000)
    expect(source.bytesRead()).toBeLessThan(1_000_000)
    expect(source.bytesTotal).toBe(4_000_004)
  })

  it.each([
    ['an old spreadsheet', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 'save it as .xlsx'],
    ['what zstd packed', [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0], 'unpack it first'],
  ])('says what to do with %s', async (_, bytes, advice) => {
    expect((await rejectionOf(readAll(Buffer.from(bytes)))).message).toContain(advice)
  })

  it('says in words that there is no such file, or that it is a folder', async () => {
    const none = await rejectionOf(openSource({ path: join(folder, 'none.csv') }))
    expect(none.message).toBe('cannot read none.csv: there is no such file')
    expect((await rejectionOf(openSource({ path: folder }))).message).toContain('it is a folder')
  })

  it('lets go of a stream when its rows are left, and when it is closed unread', async () => {
    for (const leave of ['break', 'close'] as const) {
      let left = false
      async function* endless() {
        try {
          for (;;) yield Buffer.from(`a,b\n${'1,2\n'.repeat(100_000)}`)
        } finally {
          left = true
        }
      }
      const source = await openSource({ stream: endless() })
      if (leave === 'close') await source.close()
      else for await (const _ of source.rows) break
      expect(left, leave).toBe(true)
    }
  })

  it('gives the same rows wherever the bytes are cut, in every text format', async () => {
    const contents = [
      'sep=;\r\na;"b\r\n"\r\n1;"é""😀"\r\n\r\n;""\r\n',
      'a,b\r"x\ny",2\r\r3,4',
      '[{"a":"é"},\n{"a":[1,"]"]}]',
      '{"a":"é😀"}\n{"b":null}\n',
    ]
    for (const content of contents) {
      const bytes = Buffer.from(content)
      const whole = await readAll(bytes)
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(bytes.length), { maxLength: 10 }),
          fc.boolean(),
          async (places, packed) => {
            const cut = packed ? [gzipSync(bytes)] : cutAt(bytes, places)
            expect(await readAll(cut)).toEqual(whole)
          },
        ),
      )
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
      expect(await readAll(single)).toEqual(whole)
    }
  })
})
