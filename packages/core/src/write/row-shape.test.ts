import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { InvalidInputError, UnexpectedAnswerError } from '../errors.ts'
import type { Values } from '../types.ts'
import { rowShape } from './row-shape.ts'

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})
const schema = z.object({
  name: z.string(),
  opened: isoDate.nullable(),
  size: z.int().min(0).default(3),
})
type Store = z.output<typeof schema>

const shape = rowShape<typeof schema>(schema)
const store: Store = { name: 'Ghent', opened: new Date('2024-01-31T09:30:00Z'), size: 5 }
const values: Values = { name: 'Ghent', opened: '2024-01-31T09:30:00.000Z', size: 5 }

test('without a schema, rows are values; anything else is rejected', () => {
  const plain = rowShape<Values>(undefined)
  expect(plain.write(values)).toBe(values)
  expect(plain.read(values, '1')).toBe(values)
  for (const row of [null, undefined, 'text', 7, [values]]) {
    expect(() => plain.write(row as never)).toThrow(InvalidInputError)
    expect(() => plain.writePart(row as never)).toThrow(InvalidInputError)
    expect(() => shape.write(row as never)).toThrow(InvalidInputError)
  }
})

test('codecs work both ways', () => {
  expect(shape.write(store)).toEqual(values)
  expect(shape.read(values, '1')).toEqual(store)
  expect(shape.writePart({ opened: store.opened })).toEqual({ opened: values.opened })
  expect(shape.readPart({ name: 'Ghent' }, '1')).toEqual({ name: 'Ghent' })
})

test('a part is written without the defaults of the rest', () => {
  expect(shape.writePart({ name: 'x' })).toEqual({ name: 'x' })
  expect(shape.writePart({})).toEqual({})
})

test('a new record gets the defaults of the columns that it omits', () => {
  let calls = 0
  const omissible = z.object({
    name: z.string(),
    size: z.int().default(3),
    code: z.string().default(() => `c${++calls}`),
    label: z.string().trim().prefault(' none '),
    opened: isoDate.default(new Date(0)),
    note: z.string().optional(),
    city: z.string().nullable().default(null),
  })
  const row = rowShape<typeof omissible>(omissible)
  const rest = { label: 'none', opened: '1970-01-01T00:00:00.000Z', city: null }
  expect(row.write({ name: 'a' })).toEqual({ name: 'a', size: 3, code: 'c1', ...rest })
  expect(row.write({ name: 'a', size: undefined, code: 'x' })).toMatchObject({ size: 3, code: 'x' })
  expect(row.write({ name: 'a' })).toMatchObject({ code: 'c2' })
  expect(row.writePart({ size: 4 })).toEqual({ size: 4 })
})

test('an upsert writes defaults to new records alone', () => {
  const { name, opened } = store
  expect(shape.writeUpsert({ name, opened })).toEqual({
    values: { ...values, size: 3 },
    given: { name, opened: values.opened },
  })
  const plain = rowShape<Values>(undefined)
  expect(plain.writeUpsert(values)).toEqual({ values, given: values })
})

test('a stored null of a column that may be omitted is read as omitted', () => {
  const omissible = z.object({
    size: z.int().default(3),
    note: z.string().optional(),
    city: z.string().nullable().default('Ghent'),
    name: z.string(),
  })
  const row = rowShape<typeof omissible>(omissible)
  const nulls = { size: null, note: null, city: null, name: 'a' }
  expect(row.read(nulls, '1')).toEqual({ size: 3, city: null, name: 'a' })
  expect(row.readPart({ note: null, size: null }, '1')).toEqual({ size: 3 })
  expect(row.readPart({ name: 'a' }, '1')).toEqual({ name: 'a' })
  expect(() => row.read({ ...nulls, name: null }, '1')).toThrow(UnexpectedAnswerError)
})

test('a value that does not fit is rejected with its place', () => {
  expect(() => shape.write({ ...store, size: -1 })).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', field: 'values.size' }),
  )
  expect(() => shape.writePart({ name: 7 as never })).toThrow(
    expect.objectContaining({ field: 'values.name' }),
  )
})

test('a column that the schema lacks is rejected when written, omitted when read', () => {
  const row = { ...store, naem: 'x' }
  expect(() => shape.write(row)).toThrow('naem')
  expect(() => shape.writePart({ naem: 'x' } as never)).toThrow('naem')
  expect(shape.read({ ...values, other: 1 }, '1')).toEqual(store)
  const loose = rowShape<Record<string, unknown>>(z.looseObject({ name: z.string() }))
  expect(loose.write({ name: 'a', other: 1 })).toEqual({ name: 'a', other: 1 })
  expect(loose.writePart({ other: 1 })).toEqual({ other: 1 })
  const rest = rowShape<Record<string, unknown>>(z.object({ name: z.string() }).catchall(z.int()))
  expect(() => rest.writePart({ other: 'text' })).toThrow(InvalidInputError)
})

test('a record that does not fit is reported with its id and place, not its values', () => {
  expect(() => shape.read({ ...values, name: null }, 'r1')).toThrow(
    expect.objectContaining({
      code: 'UNEXPECTED_ANSWER',
      place: 'values.name',
      message: expect.stringMatching(/^record r1 does not fit/),
    }),
  )
})

describe('schemas that do not work both ways', () => {
  test('a one-way transform can read and not write', () => {
    const oneWay = rowShape<{ name: number }>(
      z.object({ name: z.string().transform((text) => text.length) }),
    )
    expect(oneWay.read({ name: 'abc' }, '1')).toEqual({ name: 3 })
    expect(() => oneWay.write({ name: 3 })).toThrow('can only read')
  })

  test('refinements of the whole row are for whole rows', () => {
    const refined = rowShape<Store>(schema.refine(({ name }) => name !== 'no', 'not this one'))
    expect(() => refined.write({ ...store, name: 'no' })).toThrow('not this one')
    expect(refined.writePart({ name: 'no' })).toEqual({ name: 'no' })
  })

  test('an exception of a schema is reported as its failure', () => {
    const failing = rowShape<{ name: string }>(
      z.object({
        name: z.codec(z.string(), z.string(), {
          decode: () => {
            throw new Error('oops')
          },
          encode: () => {
            throw new Error('oops')
          },
        }),
      }),
    )
    expect(() => failing.write({ name: 'a' })).toThrow(InvalidInputError)
    expect(() => failing.read({ name: 'a' }, '1')).toThrow(UnexpectedAnswerError)
    const slow = rowShape<{ name: string }>(z.object({ name: z.string().refine(async () => true) }))
    expect(() => slow.write({ name: 'a' })).toThrow('failed to convert')
    expect(() => slow.read({ name: 'a' }, 'r1')).toThrow('r1')
  })
})
