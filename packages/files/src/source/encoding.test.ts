import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutAt, readAll, rejectionOf } from '../../test/reading.ts'

const TEXT = 'name,city\nZoë,"Köln\n€"\n😀,東京\n'

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

describe('the encoding of a source', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT), []],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`), []],
    ['UTF-16 LE', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), ['UTF-16 LE, from its byte order mark']],
    ['UTF-16 BE', utf16be(`\ufeff${TEXT}`), ['UTF-16 BE, from its byte order mark']],
    [
      'UTF-16 LE without a mark',
      Buffer.from(TEXT, 'utf16le'),
      ['UTF-16 LE without a byte order mark'],
    ],
    ['UTF-16 BE without a mark', utf16be(TEXT), ['UTF-16 BE without a byte order mark']],
  ])('is %s', async (_, bytes, notes) => {
    const read = await readAll(bytes)
    expect(read.header).toEqual(['name', 'city'])
    expect(read.rows.map(({ cells }) => cells)).toEqual([
      ['Zoë', 'Köln\n€'],
      ['😀', '東京'],
    ])
    expect(read.notes).toEqual(notes)
  })

  it('is Windows-1252 for what is not UTF-8, and says so', async () => {
    const read = await readAll(
      Buffer.from([0x61, 10, 0x80, 0x20, 0x6c, 0x92, 0xe9, 0x74, 0xe9, 10]),
    )
    expect(read.rows[0]?.cells).toEqual(['€ l’été'])
    expect(read.notes.join()).toContain('Windows-1252')
  })

  it('is what was said', async () => {
    const read = await readAll(Buffer.from([0x61, 10, 0xa4, 10]), { encoding: 'iso-8859-15' })
    expect(read.rows[0]?.cells).toEqual(['€'])
    expect(read.notes).toEqual([])
  })

  it('is none that does not exist', async () => {
    const { message } = await rejectionOf(readAll('a\n1\n', { encoding: 'utf-9' }))
    expect(message).toContain('no encoding "utf-9"')
  })

  it('does not hold one character at the end of the sample against a file', async () => {
    // The sample of one MiB ends within the é.
    const long = `a\n${'x'.repeat(1024 * 1024 - 3)}é\n`
    const chunks = cutAt(Buffer.from(long), [1024 * 1024])
    const read = await readAll(chunks)
    expect(read.rows[0]?.cells[0]).toBe(long.slice(2, -1))
  })

  it('names the line that stops being UTF-8 far into a file, after the rows before it', async () => {
    const line = `${'é'.repeat(50)}\n`
    const good = `a\n${line.repeat(12_000)}`
    const bytes = Buffer.concat([Buffer.from(good), Buffer.from([0xe9, 10]), Buffer.from(line)])
    const chunks = cutAt(bytes, [400_001, 800_000, 1_150_001])
    const { rows, error } = await readAll(chunks, { name: 'late.csv' })
    expect(rows).toHaveLength(12_000)
    expect(error?.message).toBe(
      'late.csv, line 12002: this is not UTF-8 text; in windows-1252: "é"; in windows-1251: "й"; in windows-1253: "ι"',
    )
    expect(error?.hint).toContain('--encoding windows-1252')
  })

  it('finds a character that is cut off at the end', async () => {
    const padding = 'x'.repeat(1024 * 1024)
    const bytes = Buffer.concat([Buffer.from(`a\n${padding}\n`), Buffer.from([0xe2, 0x82])])
    const { error } = await readAll(bytes, { name: 'cut.csv' })
    expect(error?.message).toBe('cut.csv, line 3: this is not UTF-8 text')
  })

  it('finds half a character in UTF-16', async () => {
    const bytes = Buffer.concat([Buffer.from('\ufeffa\nb\n', 'utf16le'), Buffer.from([0, 0xd8])])
    const outcome = await rejectionOf(readAll(bytes))
    expect(outcome.message).toContain('not utf-16le text')
  })

  it.each([
    ['bytes of no text', Buffer.from([1, 2, 3, 0xff, 0, 200])],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13])],
  ])('is none for %s', async (_, bytes) => {
    const { message } = await rejectionOf(readAll(bytes, { name: 'x.csv' }))
    expect(message).toBe('x.csv is neither text nor a spreadsheet')
  })

  it('minds no place where the bytes are cut', async () => {
    const encoded = fc.constantFrom(
      Buffer.from(TEXT),
      Buffer.from(`\ufeff${TEXT}`),
      Buffer.from(`\ufeff${TEXT}`, 'utf16le'),
      utf16be(`\ufeff${TEXT}`),
    )
    await fc.assert(
      fc.asyncProperty(encoded, fc.array(fc.nat(100), { maxLength: 12 }), async (bytes, places) => {
        const { rows } = await readAll(cutAt(bytes, places))
        expect(rows).toEqual([
          { line: 2, cells: ['Zoë', 'Köln\n€'] },
          { line: 4, cells: ['😀', '東京'] },
        ])
      }),
    )
  })
})
