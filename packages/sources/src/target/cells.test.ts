import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellMaker, Unfit } from './cells.ts'
import { type Holder, MAX_INT64, MIN_INT64, TARGET_TYPES, type TargetKind } from './holders.ts'
import { copyText } from './postgres-session.ts'

const KINDS: readonly TargetKind[] = ['postgres', 'mysql', 'sqlite']

/** The text of a value, or why there is none. */
function cell(kind: TargetKind, type: 'text' | 'int' | 'numeric' | 'jsonb', value: unknown) {
  try {
    return cellMaker(kind, type, TARGET_TYPES[kind][type].holder)(value as never)
  } catch (error) {
    if (error instanceof Unfit) return error
    throw error
  }
}

describe.each(KINDS)('%s', (kind) => {
  it('gets every text as it is, or an error', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const text = String.fromCharCode(...units)
        const found = cell(kind, 'text', text)
        const fits = text.isWellFormed() && (kind === 'mysql' || !text.includes('\0'))
        if (fits) expect(found).toBe(text)
        else expect(found).toBeInstanceOf(Unfit)
      }),
    )
  })

  it('gets every integer of 64 bits, and no other', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: MIN_INT64 * 2n, max: MAX_INT64 * 2n }), (value) => {
        const found = cell(kind, 'int', value)
        if (value >= MIN_INT64 && value <= MAX_INT64) expect(found).toBe(String(value))
        else expect(found).toBeInstanceOf(Unfit)
      }),
    )
  })

  it.each([1.5, 'x', true, [1]])('rejects the int %j', (value) => {
    expect(cell(kind, 'int', value)).toBeInstanceOf(Unfit)
  })

  it('gets decimals with all digits, or an error', () => {
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`))
    fc.assert(
      fc.property(digits(45), digits(45), (whole, fraction) => {
        const found = cell(kind, 'numeric', `${whole}.${fraction}`)
        const hasRoom =
          whole.replace(/^0+/, '').length <= 35 && fraction.replace(/0+$/, '').length <= 30
        if (kind !== 'mysql' || hasRoom) expect(found).toBe(`${whole}.${fraction}`)
        else expect(found).toBeInstanceOf(Unfit)
      }),
    )
  })

  it('gets JSON that is the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        if (value === null) return
        const found = cell(kind, 'jsonb', value)
        // Written again, since JSON.stringify knows no -0.
        if (!(found instanceof Unfit))
          expect(JSON.stringify(JSON.parse(String(found)))).toBe(JSON.stringify(value))
      }),
    )
  })
})

it('PostgreSQL rejects JSON with U+0000 or half of a pair, but not the text of an escape', () => {
  expect(cell('postgres', 'jsonb', { a: ['\0'] })).toBeInstanceOf(Unfit)
  expect(cell('postgres', 'jsonb', { '\ud800': 1 })).toBeInstanceOf(Unfit)
  expect(cell('postgres', 'jsonb', '\\u0000')).toBe(String.raw`"\\u0000"`)
})

it.each([
  [{ holds: 'text', maxCharacters: 2 }, '🙂🙂', true],
  [{ holds: 'text', maxCharacters: 2 }, 'a  ', false],
  [{ holds: 'text', maxBytes: 4 }, '🙂', true],
  [{ holds: 'text', maxBytes: 4 }, '🙂a', false],
  [{ holds: 'text', ascii: true }, 'é', false],
] satisfies [Holder, string, boolean][])('%j holds %j: %j', (holder, text, fits) => {
  const make = cellMaker('postgres', 'text', holder)
  if (fits) expect(make(text)).toBe(text)
  else expect(() => make(text)).toThrow(Unfit)
})

it('COPY gets back every text', () => {
  const UNESCAPED: Record<string, string> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r', '\\t': '\t' }
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.string({ unit: fc.constantFrom(...'\\nrtN\n\r\t"a') }))),
      (row) => {
        if (row.length === 0) return
        const line = copyText([row]).slice(0, -1)
        expect(line).not.toMatch(/[\n\r]/)
        const read = line
          .split('\t')
          .map((text) =>
            text === '\\N' ? null : text.replace(/\\[\\nrt]/g, (pair) => UNESCAPED[pair] ?? pair),
          )
        expect(read).toEqual(row)
      },
    ),
  )
})
