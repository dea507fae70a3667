import type { RecordedChange } from '@chatlayer-tables/journal'
import { expect, it } from 'vitest'
import { changeRow } from './change-set-page.ts'

const COLUMNS = ['kept', 'secret', 'written', 'hashed'].map((name) => ({ name, type: 'text' }))
const NOT_KEPT = { absent: 'not-kept' }

it('shows values that the journal does not keep as such, and as changed only if they were written', () => {
  const recorded: RecordedChange = {
    ...{ seq: 1, change: 'updated', status: 'ok', id: 'x', isUndone: false },
    ...{ before: { kept: 'a', written: 'old' }, after: { written: 'new' } },
    hidden: { before: ['secret', 'hashed'], after: ['hashed'] },
    ...{ differences: [], at: '', endedAt: undefined, problem: undefined },
  }
  expect(changeRow(recorded, COLUMNS, 4)).toEqual({
    ...{ index: 4, kind: 'updated', id: 'x' },
    before: ['a', NOT_KEPT, 'old', NOT_KEPT],
    after: ['a', NOT_KEPT, 'new', NOT_KEPT],
    changed: [2, 3],
  })
})
