/** Data of each page: opening hours of stores, or any texts in every place that text can be in. */
import type {
  Cell,
  ChangeRow,
  ChangesFacts,
  EmbeddedData,
  JournalEntry,
  PageName,
  ProfileFacts,
  RecordRow,
  TableFacts,
} from '../dist/index.js'

const CITIES = ['Ghent', 'Antwerp', 'Bruges', 'Leuven', 'Liège', 'Namur', 'Brussels', 'Ostend']
const STREETS = ['Veldstraat', 'Meir', 'Bondgenotenlaan', 'Rue Neuve', 'Steenstraat', 'Korenmarkt']
const COLUMNS = [
  { name: 'name', type: 'string' },
  { name: 'city', type: 'string' },
  { name: 'address', type: 'string' },
  { name: 'employees', type: 'number' },
  { name: 'is_open', type: 'boolean' },
  { name: 'opened_on', type: 'timestamp' },
  { name: 'hours', type: 'json' },
  { name: 'remark', type: 'string' },
] as const

/** The cells of the record at an index. */
function cellsAt(index: number): Cell[] {
  const city = CITIES[(index * 7) % CITIES.length] ?? ''
  const street = STREETS[(index * 5) % STREETS.length]
  return [
    `${city} ${index + 1}`,
    city,
    `${street} ${((index * 37) % 180) + 1}`,
    (index * 13) % 48,
    index % 9 !== 0,
    `20${String(10 + (index % 15))}-0${(index % 9) + 1}-1${index % 9}T00:00:00.000Z`,
    { json: '{"mon":"09:00-18:00","sun":null}' },
    index % 4 === 0 ? null : 'Entrance at the back; ring twice.',
  ]
}

function idAt(index: number): string {
  return `6f1c2a${String(index).padStart(8, '0')}`
}

function sampleRecords(count: number): EmbeddedData {
  const rows: RecordRow[] = Array.from({ length: count }, (_, index) => ({
    id: idAt(index),
    createdAt: '2026-09-01T08:00:00.000Z',
    updatedAt: '2026-11-20T16:30:00.000Z',
    cells: cellsAt(index),
  }))
  return { table: { ...TABLE, total: count }, records: { rows, total: count } }
}

const TABLE: TableFacts = {
  table: 'stores',
  version: 'DRAFT',
  columns: COLUMNS,
  total: 0,
  isWritable: false,
  facts: [['read', '29 November 2026, 06:00']],
}

function changeAt(index: number): ChangeRow {
  const before = cellsAt(index)
  if (index % 10 === 8) return { index, kind: 'inserted', after: before }
  if (index % 10 === 9) return { index, kind: 'deleted', id: idAt(index), before }
  const after = before.map((cell, column) =>
    column === 1 ? 'Gent' : column === 3 ? Number(cell) + 1 : cell,
  )
  return { index, kind: 'updated', id: idAt(index), before, after, changed: [1, 3] }
}

function sampleChanges(count: number): EmbeddedData {
  const rows = Array.from({ length: count }, (_, index) => changeAt(index))
  const of = (kind: string): number => rows.filter((row) => row.kind === kind).length
  const changes: ChangesFacts = {
    title: `change ${count} records of "stores" (DRAFT)`,
    facts: [
      ['by', 'clt import stores.csv'],
      ['read', '29 November 2026, 06:00'],
    ],
    remarks: ['The table has two records with the same name.'],
    sets: [
      {
        table: 'stores',
        version: 'DRAFT',
        columns: COLUMNS,
        counts: {
          inserted: of('inserted'),
          updated: of('updated'),
          deleted: of('deleted'),
          unchanged: 12,
          rejected: 1,
        },
        rows: count,
        problems: [
          {
            place: 'line 12',
            column: 'employees',
            value: 'many',
            reason: 'is not a number',
            fix: 'Write digits, such as 12.',
          },
        ],
        facts: [],
      },
    ],
  }
  return { changes, changeRows: [{ rows }] }
}

function sampleJournal(count: number): EmbeddedData {
  const programs = ['clt import stores.csv', 'mcp update_records', 'clt sync menu.xlsx']
  const entries = Array.from(
    { length: count },
    (_, index): JournalEntry => ({
      changeSet: `c-20261${String(129 - index).padStart(3, '0')}-${index}a7f`,
      at: new Date(Date.UTC(2026, 10, 29, 6) - index * 9_500_000).toISOString(),
      table: index % 3 === 0 ? 'menu' : 'stores',
      version: 'DRAFT',
      who: programs[index % programs.length] ?? '',
      ...(index % 2 === 0 && { note: 'New opening hours for the winter' }),
      counts: {
        inserted: index % 3,
        updated: (index * 11) % 90,
        deleted: index % 4 === 3 ? 2 : 0,
        rejected: 0,
        unknown: 0,
      },
      undone: index === 4 ? 3 : 0,
      status: 'settled',
    }),
  )
  return { journal: { entries } }
}

const PROFILE: ProfileFacts = {
  table: 'stores',
  version: 'DRAFT',
  records: 1200,
  facts: [['read', '29 November 2026, 06:00']],
  columns: [
    {
      name: 'city',
      type: 'string',
      filled: 1188,
      empty: 12,
      distinct: 9,
      top: CITIES.map((value, index) => ({ value, count: 310 - index * 35 })),
      histogram: [],
      facts: [['longest', '8 characters']],
      suspicious: [{ reason: 'spaces at the end', count: 4, examples: ['Ghent ', 'Antwerp  '] }],
    },
    {
      name: 'employees',
      type: 'number',
      filled: 1100,
      empty: 100,
      distinct: 48,
      isDistinctEstimated: true,
      top: [{ value: 12, count: 40 }],
      histogram: [12, 60, 180, 320, 290, 150, 70, 18].map((count, index) => ({
        label: `${index * 6} to ${index * 6 + 5}`,
        count,
      })),
      facts: [
        ['median', '21'],
        ['mean', '22.4'],
      ],
      suspicious: [],
    },
    {
      name: 'is_open',
      type: 'boolean',
      filled: 1200,
      empty: 0,
      distinct: 2,
      top: [
        { value: true, count: 1066 },
        { value: false, count: 134 },
      ],
      histogram: [],
      facts: [],
      suspicious: [],
    },
  ],
  activity: Array.from({ length: 30 }, (_, index) => ({
    day: `2026-11-${String(index + 1).padStart(2, '0')}`,
    changes: (index * 17) % 60,
  })),
}

/** What a page shows, with as many records, changes or change sets as asked for. */
export function sampleData(page: PageName, count: number): EmbeddedData {
  if (page === 'changes') return sampleChanges(count)
  if (page === 'journal') return sampleJournal(count)
  if (page === 'profile') return { profile: PROFILE }
  if (page === 'records') return sampleRecords(count)
  return { ...sampleRecords(count), ...sampleJournal(count), profile: PROFILE }
}

/** Texts that programs choose and pages compare, and not those of a table or of its users. */
const FIXED = new Set(['kind', 'version', 'status', 'type', 'at', 'createdAt', 'updatedAt', 'day'])

/** The same data with other texts in every place, one after the other. */
export function withTexts(data: EmbeddedData, texts: readonly string[]): EmbeddedData {
  let next = 0
  const change = (value: unknown): unknown => {
    if (typeof value === 'string') {
      next += 1
      // Shifted after each round, so that no place gets the same text each time.
      return texts[(next + Math.floor(next / texts.length)) % texts.length]
    }
    if (Array.isArray(value)) return value.map(change)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, FIXED.has(key) ? each : change(each)]),
    )
  }
  return change(data) as EmbeddedData
}
