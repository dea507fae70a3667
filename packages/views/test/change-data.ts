/** Changes of an invented table, for tests of the page of changes. */
import type { Cell } from '../src/protocol/cells.ts'
import type { ChangedTable, ChangeRow, ChangesFacts } from '../src/protocol/changes.ts'

export const COLUMN_NAMES = ['name', 'city', 'status', 'visits', 'hours', 'remark'] as const

const columns = COLUMN_NAMES.map((name) => ({
  name,
  type: name === 'visits' ? 'number' : 'string',
}))

const CITIES = ['Gent', 'Antwerpen', 'Brugge', 'Leuven', 'Mechelen', 'Aalst', 'Kortrijk', 'Hasselt']
const HOURS =
  'Open from Monday to Friday from 9:00 to 17:00, on Saturday from 10:00 to 16:00, closed on Sundays and on public holidays; call ahead in July.'

function cells(index: number): Cell[] {
  const city = CITIES[index % CITIES.length] ?? ''
  return [`Store ${index + 1} ${city}`, city.toLowerCase(), 'open', index, HOURS, null]
}

/** An update of the status and the city, and of the opening hours of each fifth record. */
function update(index: number): ChangeRow {
  const before = cells(index)
  const after = [...before]
  after[1] = CITIES[index % CITIES.length] ?? ''
  after[2] = 'closed'
  if (index % 5 === 0)
    after[4] = HOURS.replace('17:00', '18:00').replace('; call ahead in July', '')
  const changed = index % 5 === 0 ? [1, 2, 4] : [1, 2]
  return { index, kind: 'updated', id: `rec_${1000 + index}`, before, after, changed }
}

export interface Counts {
  readonly updated: number
  readonly inserted: number
  readonly deleted: number
}

export function changeRows({ updated, inserted, deleted }: Counts): ChangeRow[] {
  return [
    ...Array.from({ length: updated }, (_, index) => update(index)),
    ...Array.from({ length: inserted }, (_, index): ChangeRow => {
      const place = updated + index
      return { index: place, kind: 'inserted', after: cells(place) }
    }),
    ...Array.from({ length: deleted }, (_, index): ChangeRow => {
      const place = updated + inserted + index
      return { index: place, kind: 'deleted', id: `rec_${1000 + place}`, before: cells(place) }
    }),
  ]
}

export function changedTable(counts: Counts, more: Partial<ChangedTable> = {}): ChangedTable {
  return {
    table: 'stores',
    version: 'DRAFT',
    columns,
    counts: { ...counts, unchanged: 0, rejected: 0 },
    rows: counts.updated + counts.inserted + counts.deleted,
    problems: [],
    facts: [],
    ...more,
  }
}

export function changesFacts(
  sets: readonly ChangedTable[],
  more: Partial<ChangesFacts> = {},
): ChangesFacts {
  return {
    title: 'update 754, insert 2 and delete 1 record of "stores" (DRAFT)',
    facts: [
      ['by', 'assistant, update_records'],
      ['where', 'status = open'],
    ],
    remarks: [],
    sets,
    ...more,
  }
}
