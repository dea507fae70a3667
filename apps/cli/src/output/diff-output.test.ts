import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Difference } from '@chatlayer-tables/transfer'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { DiffOutput, fitBoth, literal } from './diff-output.ts'
import { Writer } from './writer.ts'

describe('two values that differ', () => {
  it('are shown in full if they fit', () => {
    expect(fitBoth('"a"', '"b"', 12)).toEqual(['"a"', '"b"'])
  })

  it('are cut at the end if they differ before it', () => {
    expect(fitBoth(`"a${'x'.repeat(50)}"`, '"b"', 12)).toEqual(['"axxxxxxxxx…', '"b"'])
  })

  it('show the point where they differ, however far it is', () => {
    const same = 'x'.repeat(100_000)
    const [one, other] = fitBoth(`${same}1`, `${same}2`, 20)
    expect([one, other]).toEqual([`…${'x'.repeat(12)}1`, `…${'x'.repeat(12)}2`])
    expect(fitBoth(same, `${same}2`, 20)[1]).toMatch(/2$/)
  })
})

it('quotes texts to distinguish null, "null" and numbers', () => {
  const shown = [null, 'null', '', '1', 1, true, { a: [1n] }, 'a\nb'].map((value) =>
    literal(value, 'jsonb'),
  )
  expect(shown).toEqual(['null', '"null"', '""', '"1"', '1', 'true', '{"a":[1]}', '"a\\nb"'])
  expect(literal('1.50', 'numeric')).toBe('1.50')
})

describe('on a terminal', () => {
  const columns = [
    { name: 'code', type: 'text' },
    { name: 'a column with quite a long name of its own', type: 'text' },
    { name: 'about', type: 'jsonb' },
  ]
  const values = {
    code: 'A\u001b[31m\u202e',
    'a column with quite a long name of its own': '漢字'.repeat(60),
    about: { list: Array.from({ length: 50 }, (_, n) => n) },
  }
  const after = { ...values, about: null, 'a column with quite a long name of its own': null }
  const fields = columns.slice(1).map(({ name }) => name)
  const differences: Difference[] = [
    { change: 'removed', a: { id: 'x' }, values },
    { change: 'added', b: { line: 2 }, values },
    { change: 'changed', a: { id: 'x' }, b: { id: 'y' }, before: values, after, fields },
  ]

  async function shown(width: number | undefined, key: readonly string[] | undefined) {
    let text = ''
    const stream = new PassThrough()
    stream.on('data', (chunk: Buffer) => {
      text += String(chunk)
    })
    const terminal = width === undefined ? {} : { isTTY: true, columns: width }
    const writer = new Writer(Object.assign(stream, terminal), {})
    const output = new DiffOutput(writer, { columns, key })
    for (const difference of differences) await output.difference(difference)
    return text
  }

  it.each([40, 80, 200])(
    '%i columns wide, every line fits and has no control characters',
    async (width) => {
      const text = await shown(width, ['code'])
      expect(text).toContain('\u001b[31m- code ')
      const plain = stripVTControlCharacters(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
      expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
      for (const line of plain.split('\n'))
        expect(stringWidth(line), line).toBeLessThanOrEqual(width)
    },
  )

  it('shows values in full elsewhere', async () => {
    const text = await shown(undefined, undefined)
    expect(text).toContain('漢字'.repeat(60))
    expect(text).toContain('48,49]')
    expect(text).not.toContain('…')
  })
})
