/** Any writes and undos, of one machine or of several. */
import type { TableHandle, Values } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Journal } from '../src/index.ts'
import { rows, type Setup } from './support.ts'

const text = fc.oneof(fc.constantFrom('', 'null', 'a', 'A', ' a ', 'é', '0'), fc.string())
const nullable = fc.option(text)

const row: fc.Arbitrary<Values> = fc.record({
  code: fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5'),
  city: nullable,
  size: fc.integer(),
  price: fc.constantFrom('1', '1.0', '1.50', '-0', '123456789012345678.25'),
})

type Step =
  | { readonly kind: 'insert' | 'upsert'; readonly rows: readonly Values[] }
  | { readonly kind: 'update'; readonly where: number; readonly set: Values }
  | { readonly kind: 'delete'; readonly where: number }
  | { readonly kind: 'again'; readonly records: number; readonly values: readonly Values[] }
  | { readonly kind: 'undo'; readonly which: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), rows: fc.array(row, { maxLength: 6 }) }),
  fc.record({
    kind: fc.constant('upsert' as const),
    rows: fc.uniqueArray(row, { maxLength: 4, selector: ({ code }) => code }),
  }),
  fc.record({
    kind: fc.constant('update' as const),
    where: fc.integer({ min: -50, max: 50 }),
    set: fc.record({ city: text, price: fc.constantFrom('7', '8.00') }, { requiredKeys: ['city'] }),
  }),
  fc.record({ kind: fc.constant('delete' as const), where: fc.integer({ min: -50, max: 50 }) }),
  fc.record({
    kind: fc.constant('again' as const),
    records: fc.integer({ min: 0, max: 3 }),
    values: fc.array(row, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('undo' as const), which: fc.nat({ max: 5 }) }),
)

function carryOut(table: TableHandle, next: Step, ids: readonly string[]): PromiseLike<unknown> {
  switch (next.kind) {
    case 'insert':
      return table.insertMany(next.rows)
    case 'upsert':
      return table.upsert(next.rows, { key: 'code' })
    case 'update':
      return table.update({ size: { gte: next.where } }, next.set)
    case 'delete':
      return table.delete({ size: { lt: next.where } })
    case 'again': {
      // One record several times within one change set, and gone in the end.
      const id = ids[next.records] ?? ''
      const changes = next.values.map((set) => ({ id, set }))
      return table.updateMany(changes, { inFlight: 1 }).then(() => table.deleteById(id))
    }
    default:
      return Promise.resolve()
  }
}

/**
 * Checks that random writes and undos, undone in reverse, give the start.
 *
 * @param journals of one store, used in turn
 */
export async function checkUndos(
  setup: Setup,
  journals: readonly Journal[],
  numRuns: number,
): Promise<void> {
  let turn = 0
  const next = () => journals[turn++ % journals.length] ?? setup.journal
  setup.emulator.tables.insert('stores', rows(0, 4))
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const start = setup.values()
      const from = (await next().list({ limit: 1 }))[0]?.id
      const sets: string[] = []
      for (const each of steps) {
        const before = sets.at(-1 - (each.kind === 'undo' ? each.which : 0))
        if (each.kind !== 'undo') {
          sets.push(await setup.write((table) => carryOut(table, each, setup.ids()), next()))
        } else if (before !== undefined && before !== '') {
          sets.push((await setup.undo(before, { force: each.which % 2 === 1 }, next())).id ?? '')
        }
      }
      for (const { id } of await next().list({ limit: 1_000 })) {
        if (id === from) break
        const { counts, problems } = await setup.undo(id, {}, next())
        expect(problems, JSON.stringify(counts)).toEqual([])
      }
      expect(setup.values()).toEqual(start)
    }),
    { numRuns, seed: 20_261_122 },
  )
}
