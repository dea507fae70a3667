import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cell } from './cells.ts'
import { type CsvRow, openCsv } from './csv-read.ts'
import { csvText } from './csv-write.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-csv-'))
})

afterAll(() => rm(folder, { recursive: true }))

async function readAll(content: string | Uint8Array) {
  const path = join(folder, 'file.csv')
  await writeFile(path, content)
  const { header, rows, bytesRead } = await openCsv(path)
  const all: CsvRow[] = []
  for await (const row of rows) all.push(row)
  return { header, rows: all, bytes: bytesRead() }
}

describe('openCsv', () => {
  it('tells null from the empty string, and on which line each row begins', async () => {
    const { header, rows } = await readAll('a,b\n1,""\n\n"two\nlines",\n,3')
    expect(header).toEqual(['a', 'b'])
    expect(rows).toEqual([
      { line: 2, cells: ['1', ''] },
      { line: 4, cells: ['two\nlines', null] },
      { line: 6, cells: [null, '3'] },
    ])
  })

  it('reads a byte order mark, CRLF, and lines that are left empty at the end', async () => {
    const { header, rows } = await readAll('\ufeffa,b\r\n1,2\r\n\r\n3,4\r\n\r\n\r\n')
    expect(header).toEqual(['a', 'b'])
    expect(rows).toEqual([
      { line: 2, cells: ['1', '2'] },
      { line: 4, cells: ['3', '4'] },
    ])
  })

  it('takes a blank line for a null where there is one column', async () => {
    const { rows } = await readAll('a\n1\n\n""\n')
    expect(rows.map(({ cells }) => cells)).toEqual([['1'], [null], ['']])
  })

  it('leaves rows ragged for the caller to judge', async () => {
    const { rows } = await readAll('a,b\n1\n1,2,3\n')
    expect(rows.map(({ cells }) => cells.length)).toEqual([1, 3])
  })

  it('reads cells of a megabyte, and counts the bytes of the file', async () => {
    const long = 'é'.repeat(1_000_000)
    const { rows, bytes } = await readAll(`a,b\n${long},x\n`)
    expect(rows[0]?.cells[0]).toBe(long)
    expect(bytes).toBe(2_000_007)
  })

  it.each([
    ['a quote in the middle', 'a,b\n1,2\n1,5" pipe\n', 'file.csv, line 3: a quote stands'],
    ['text behind a quote', 'a,b\n1,"2"x\n', 'file.csv, line 2: something follows'],
    ['a quote that is left open', 'a,b\n1,"2\n3,4\n', 'a quote was opened and never closed'],
    ['nothing', '', 'file.csv is empty'],
    ['other bytes than UTF-8', new Uint8Array([97, 10, 0xe9, 10]), 'file.csv is not UTF-8 text'],
  ])('refuses %s, without repeating what stands there', async (_, content, message) => {
    const error: unknown = await readAll(content).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InvalidInputError)
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).not.toContain('pipe')
  })

  it('says in words that there is no such file, or that it is a folder', async () => {
    await expect(openCsv(join(folder, 'none.csv'))).rejects.toThrow('there is no such file')
    await expect(openCsv(folder)).rejects.toThrow('it is a folder')
  })
})

it('what is written is read again: any text, null and the empty string apart', {
  timeout: 60_000,
}, async () => {
  const text = fc.string({ unit: 'binary' })
  const cell = fc.oneof(
    fc.constant(null),
    fc.constant(''),
    text,
    fc.constantFrom(' ', '"', '\r', '\r\n'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }).chain((width) => {
        const row = fc.array<Cell>(cell, { minLength: width, maxLength: width })
        return fc.array(row, { minLength: 0, maxLength: 8 })
      }),
      async (rows) => {
        const header = Array.from(rows[0] ?? ['a'], (_, index) => `column ${index}`)
        const back = await readAll(csvText([header, ...rows]))
        expect(back.header).toEqual(header)
        expect(back.rows.map(({ cells }) => cells)).toEqual(rows)
      },
    ),
    { numRuns: 200 },
  )
})
