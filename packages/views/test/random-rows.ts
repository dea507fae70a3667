/** Random changes for properties. */
import fc from 'fast-check'
import type { Cell } from '../src/protocol/cells.ts'
import type { ChangeRow } from '../src/protocol/changes.ts'

export const COLUMNS = 4

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constantFrom<Cell>(null, true, 0, 'open', 'closed', '0', { number: '0' }, { json: '{}' }),
  fc.string(),
)
const cells = fc.array(cell, { minLength: COLUMNS, maxLength: COLUMNS })

const row: fc.Arbitrary<Omit<ChangeRow, 'index'>> = fc.oneof(
  fc.record({ kind: fc.constant('inserted' as const), after: cells }),
  fc.record({ kind: fc.constant('deleted' as const), id: fc.uuid(), before: cells }),
  fc.record({
    kind: fc.constant('updated' as const),
    id: fc.uuid(),
    before: cells,
    after: cells,
    changed: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
  }),
)

export const changeRows: fc.Arbitrary<ChangeRow[]> = fc
  .array(row, { maxLength: 40 })
  .map((rows) => rows.map((each, index) => ({ ...each, index })))
