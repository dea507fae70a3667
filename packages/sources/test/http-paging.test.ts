import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SideError } from '../src/side-error.ts'
import {
  API_STYLES,
  type ApiStyleName,
  type Fault,
  type HttpApi,
  startHttpApi,
} from './http-api.ts'
import { linesOf, readApi } from './http-reading.ts'

const NAMES = Object.keys(API_STYLES) as ApiStyleName[]

let api: HttpApi
beforeAll(async () => {
  api = await startHttpApi()
})
// A test of faults may leave some that nothing has met.
beforeEach(() => {
  Object.assign(api, { faults: [], compression: undefined })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})

function rowsOf(count: number): string[] {
  return Array.from(
    { length: count },
    (_, id) => `{"id":${id},"price":1.10,"big":12345678901234567890}`,
  )
}

/** The rows, whose id is their place. */
const lists = fc
  .array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }), {
    maxLength: 11,
  })
  .map((objects) =>
    objects.map((object, id) => {
      const { id: _, ...rest } = object
      const tail = JSON.stringify(rest).slice(1)
      return `{"id":${id},"price":1.10,"n":98765432109876543210${tail === '}' ? '' : ','}${tail}`
    }),
  )

const parts = fc.double({ min: 0, max: 0.999, noNaN: true })
const faults: fc.Arbitrary<Fault | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<Fault>(
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503, retryAfter: '2' },
    { kind: 'status', status: 429, retryAfter: '1' },
    { kind: 'status', status: 408 },
    { kind: 'reset' },
    { kind: 'reset-headers' },
    { kind: 'short-gzip' },
    { kind: 'slow' },
  ),
  fc.record({ kind: fc.constantFrom('short' as const, 'bad-chunk' as const), part: parts }),
  fc.record({ kind: fc.constant('reset-body' as const), part: parts, chunked: fc.boolean() }),
)

describe.each(NAMES)('a list in the style of %s', (name) => {
  const { settings } = API_STYLES[name]

  it.each([0, 1, 2, 3, 6, 7])('is read whole: %i rows', async (count) => {
    Object.assign(api, { style: name, size: 3, rows: rowsOf(count), faults: [] })
    const read = await readApi(api.url, settings(3))
    expect(linesOf(read)).toEqual(api.rows)
  })

  it('is read exactly under faults, or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        lists,
        fc.integer({ min: 1, max: 5 }),
        fc.array(faults, { maxLength: 12 }),
        fc.constantFrom(undefined, 'gzip' as const, 'br' as const),
        async (rows, size, schedule, compression) => {
          Object.assign(api, { style: name, size, rows, faults: [...schedule], compression })
          try {
            const read = await readApi(api.url, settings(size))
            expect(linesOf(read)).toEqual(rows)
          } catch (error) {
            if (!(error instanceof SideError)) throw error
            expect(error.code).toBe('SIDE_UNREACHABLE')
          }
        },
      ),
      { numRuns: 12 },
    )
  })
})

it('takes a next position of 0 for the end', async () => {
  api.routes.set('/zero', () => ({ body: '{"next_cursor":0,"ids":[{"a":1}]}' }))
  const paging = { style: 'cursor', at: '/next_cursor', parameter: 'cursor' } as const
  expect(linesOf(await readApi(`${api.origin}/zero`, { paging }))).toEqual(['{"a":1}'])
})
