import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type Endpoint, endpoints } from './endpoints.ts'
import { compileFit } from './fit.ts'

const responses = Object.entries<Endpoint>(endpoints).map(([name, { lenient }]) => ({
  name,
  schema: lenient,
  fits: compileFit(lenient),
}))

/** JSON in the neighborhood of a response: the right names, mostly the right types. */
const leaf = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.integer(),
  fc.constantFrom(null, true, 'x', 1.5),
)
const values = fc.oneof(fc.dictionary(fc.string({ maxLength: 3 }), leaf), leaf, fc.constant([]))
const record = fc.record(
  {
    id: fc.oneof({ weight: 9, arbitrary: fc.string() }, leaf),
    createdAt: leaf,
    updatedAt: leaf,
    values,
    name: leaf,
    description: leaf,
    columns: fc.array(fc.record({ name: leaf, type: leaf }, { requiredKeys: [] }), {
      maxLength: 2,
    }),
    botId: leaf,
    profile: fc.oneof(leaf, fc.record({ name: leaf, email: leaf }, { requiredKeys: [] })),
    created_at: leaf,
  },
  { requiredKeys: [] },
)
const body = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 9,
    arbitrary: fc.record(
      {
        data: fc.oneof(fc.array(record, { maxLength: 4 }), record, leaf),
        meta: fc.oneof(leaf, fc.record({ total: leaf, limit: leaf }, { requiredKeys: [] })),
        more: leaf,
      },
      { requiredKeys: [] },
    ),
  },
)

describe.each(responses)('$name', ({ schema, fits }) => {
  test('agrees with zod on what fits, and names a place that zod names', () => {
    fc.assert(
      fc.property(body, (value) => {
        const parsed = schema.safeParse(value)
        const misfit = fits(value)
        expect(misfit === undefined).toBe(parsed.success)
        if (misfit === undefined || parsed.success) return
        const places = parsed.error.issues.flatMap(placesOf)
        expect(places).toContain(misfit.path.join('/'))
      }),
      { numRuns: 2000 },
    )
  })
})

function placesOf(issue: z.core.$ZodIssue): string[] {
  const own = issue.path.join('/')
  if (issue.code !== 'invalid_union') return [own]
  const inner = issue.errors.flat().flatMap(placesOf)
  return [own, ...inner.map((place) => [own, place].filter((part) => part !== '').join('/'))]
}

test('states where and what', () => {
  const fits = responses.find(({ name }) => name === 'getTableData')?.fits
  expect(
    fits?.({
      data: [
        { id: 'a', values: {} },
        { id: 2, values: {} },
      ],
    }),
  ).toEqual({
    path: ['data', 1, 'id'],
    expected: 'string',
  })
  expect(fits?.([])).toEqual({ path: [], expected: 'object' })
  expect(fits?.({ data: [{ id: 'a', values: [] }] })).toEqual({
    path: ['data', 0, 'values'],
    expected: 'record',
  })
})

test('an action may return a list of records, one, or none', () => {
  const fits = responses.find(({ name }) => name === 'performTableAction')?.fits
  const one = { id: 'a', values: {} }
  expect(fits?.({ data: [one] })).toBeUndefined()
  expect(fits?.({ data: one })).toBeUndefined()
  expect(fits?.({ data: null })).toBeUndefined()
  expect(fits?.({})).toBeUndefined()
  expect(fits?.({ data: 'none' })).toEqual({ path: ['data'], expected: 'array or object' })
  expect(fits?.({ data: [one, { id: 1 }] })).toEqual({
    path: ['data', 1, 'id'],
    expected: 'string',
  })
})

test('rejects to compile a schema whose rules it would pass over', () => {
  expect(() => compileFit(z.string().min(1))).toThrow()
  expect(() => compileFit(z.object({ a: z.string() }))).toThrow()
  expect(() => compileFit(z.strictObject({ a: z.string() }))).toThrow()
  expect(() => compileFit(z.record(z.string(), z.number()))).toThrow()
  expect(() => compileFit(z.looseObject({ a: z.iso.datetime() }))).toThrow()
  expect(() => compileFit(z.enum(['a']))).toThrow()
  expect(() => compileFit(z.int())).toThrow()
})
