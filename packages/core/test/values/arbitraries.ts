/** Random values of each column type, with what must be read back of them. */
import type { ColumnType } from '@chatlayer-tables/contract'
import fc from 'fast-check'

export interface Sample {
  /** The value that a caller writes. */
  readonly written: unknown
  /** The value that is read. */
  readonly read: unknown
}

const same = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Sample> =>
  arbitrary.map((value) => ({ written: value, read: value }))

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '',
    ' ',
    'null',
    'true',
    '00M',
    '\0',
    'a\0b',
    '👩‍👩‍👧 🇧🇪',
    '\ufeff',
    '\r\n\t',
    "'; --",
    '\\u0000',
    '{"a":1}',
  ),
)

const MAX_INT8 = 2n ** 63n - 1n

const bigInts = fc.oneof(
  fc.bigInt({ min: -MAX_INT8 - 1n, max: MAX_INT8 }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
  fc.bigInt({ min: -9n, max: 9n }),
)

const int = fc
  .tuple(bigInts, fc.constantFrom('bigint', 'string', 'signed', 'number'))
  .map(([value, form]): Sample => {
    const number = Number(value)
    const read = Number.isSafeInteger(number) ? number : value
    if (form === 'number' && Number.isSafeInteger(number)) return { written: number, read }
    if (form === 'bigint') return { written: value, read }
    return { written: form === 'signed' && value >= 0n ? `+${value}` : String(value), read }
  })

const digits = fc.stringMatching(/^\d{1,60}$/)

/** A decimal in plain form comes back character by character, its scale kept. */
const numeric = fc.oneof(
  fc
    .tuple(fc.boolean(), fc.stringMatching(/^(0|[1-9]\d{0,60})$/), fc.option(digits))
    .map(([negative, whole, part]): Sample => {
      const size = part === null ? whole : `${whole}.${part}`
      const value = negative && /[1-9]/.test(size) ? `-${size}` : size
      return { written: value, read: value }
    }),
  fc.tuple(fc.bigInt(), fc.integer({ min: 0, max: 20 })).map(
    ([value, zeros]): Sample => ({
      written: `${value}e${zeros}`,
      read: value === 0n ? '0' : String(value * 10n ** BigInt(zeros)),
    }),
  ),
  fc.bigInt().map((value): Sample => ({ written: value, read: String(value) })),
  fc.integer().map((value): Sample => ({ written: value, read: String(value) })),
  fc.tuple(fc.integer(), fc.integer({ min: 1, max: 99 })).map(([whole, cents]): Sample => {
    const written = whole + (whole < 0 ? -1 : 1) * (cents / 100)
    // The shortest decimal of a double is what JavaScript prints for it.
    return { written, read: String(written) }
  }),
  fc.constant({ written: 'NaN', read: 'NaN' }),
)

const uuid = fc
  .tuple(fc.uuid(), fc.constantFrom('plain', 'upper', 'bare', 'braced'))
  .map(([value, form]): Sample => {
    switch (form) {
      case 'upper':
        return { written: value.toUpperCase(), read: value }
      case 'bare':
        return { written: value.replaceAll('-', ''), read: value }
      case 'braced':
        return { written: `{${value}}`, read: value }
      default:
        return { written: value, read: value }
    }
  })

const bool = fc
  .boolean()
  .chain((value) =>
    fc.constantFrom<Sample>(
      { written: value, read: value },
      { written: String(value), read: value },
    ),
  )

const instant = fc.date({
  min: new Date('0001-01-03T00:00:00Z'),
  max: new Date('9999-12-29T00:00:00Z'),
  noInvalidDate: true,
})

const timestamp = fc.oneof(
  instant.map((date): Sample => ({ written: date, read: date.toISOString() })),
  fc
    .tuple(instant, fc.integer({ min: 1, max: 999 }), fc.integer({ min: -15, max: 15 }))
    .map(([date, micros, hours]): Sample => {
      const below = String(micros).padStart(3, '0')
      const local = new Date(date.getTime() + hours * 3_600_000).toISOString().slice(0, -1)
      const zone = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`
      return {
        written: `${local}${below}${zone}`,
        read: `${date.toISOString().slice(0, -1)}${below}Z`,
      }
    }),
  instant.map((date): Sample => {
    const day = date.toISOString().slice(0, 10)
    return { written: day, read: `${day}T00:00:00.000Z` }
  }),
)

/** Keys that a careless copy would take for something else. */
const jsonKeys = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'toJSON', '', 'rawJSON'),
)

const beyondDouble = fc
  .bigInt({ min: 1n, max: 10n ** 30n })
  .map((value) => value + 2n ** 53n)
  .chain((value) => fc.constantFrom(value, -value))

/** Everything that jsonb holds; numbers such that they print in one way. */
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 0.1, 12.5, 5e-324, Number.MAX_SAFE_INTEGER),
    fc.integer(),
    fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((value) => value + 0),
    beyondDouble,
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(jsonKeys, tie('json')), { selector: ([key]) => key, maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  ),
}))

/** JSON null as a whole reads like no value at all, so it is omitted. */
const jsonb = same(json.filter((value) => value !== null))

export const SAMPLES: Readonly<Record<ColumnType, fc.Arbitrary<Sample>>> = {
  text: same(text),
  int,
  numeric,
  bool,
  uuid,
  timestamp,
  jsonb,
}
