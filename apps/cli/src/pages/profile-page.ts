/** The profile of a table as a page. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { ChangeSetSummary } from '@chatlayer-tables/journal'
import type {
  Cell,
  ColumnProfile,
  EmbeddedData,
  Fact,
  ProfileFacts,
  TableVersion,
} from '@chatlayer-tables/views'
import type { ColumnFacts } from '../commands/profile/column-profile.ts'
import { statisticsLines } from '../commands/profile/profile-text.ts'
import { SUSPECT_KINDS } from '../commands/profile/suspects.ts'
import { changedBy } from '../output/change-output.ts'

interface ProfiledTable {
  readonly table: string
  readonly version: TableVersion
  /** Records that were read. */
  readonly records: number
  readonly facts: readonly Fact[]
  readonly columns: readonly ColumnFacts[]
  /** The change sets of this machine's journal. */
  readonly changes: readonly ChangeSetSummary[]
}

export function profilePage({ columns, changes, ...table }: ProfiledTable): EmbeddedData {
  return {
    profile: {
      ...table,
      columns: columns.map(columnProfile),
      activity: activityOf(changes),
    },
  }
}

function columnProfile(column: ColumnFacts): ColumnProfile {
  const { name, type, filled, nulls, distinct, distinctIsExact, frequent, suspects } = column
  return {
    ...{ name, type, filled, empty: nulls, distinct, isDistinctEstimated: !distinctIsExact },
    top: frequent.map(({ value, count }) => ({ value: cellOf(value, type), count })),
    histogram: histogramOf(column),
    facts: factsOf(column),
    suspicious: suspects.map(({ kind, count, examples }) => ({
      ...{ reason: SUSPECT_KINDS[kind], count },
      examples: examples.map(({ value }) => value),
    })),
  }
}

/** @param text value as text, which may be cut */
function cellOf(text: string, type: string): Cell {
  switch (columnTypeOf(type)) {
    case 'int':
    case 'numeric':
      return { number: text }
    case 'jsonb':
      return { json: text }
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : text
    default:
      return text
  }
}

function factsOf(column: ColumnFacts): Fact[] {
  const { min, max, minLength, maxLength, looksLike, distinctIsExact } = column
  const facts: (readonly [string, string | undefined])[] = [
    ['minimum', min],
    ['maximum', max],
    ['shortest', minLength === undefined ? undefined : `${minLength} characters`],
    ['longest', maxLength === undefined ? undefined : `${maxLength} characters`],
    ...statisticsLines(column).filter(([label]) => label !== 'histogram'),
    ['nearly all are', looksLike],
    ['counts of frequent values', distinctIsExact ? undefined : 'at least'],
  ]
  return facts.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as const]))
}

/** Equal parts of the range, each named by its bounds. */
function histogramOf({ histogram = [], min, max, type }: ColumnFacts): ColumnProfile['histogram'] {
  const isTime = columnTypeOf(type) === 'timestamp'
  const [from, to] = [min, max].map((text) => (isTime ? Date.parse(text ?? '') : Number(text)))
  if (from === undefined || to === undefined || !Number.isFinite(to - from)) return []
  const width = (to - from) / histogram.length
  const bound = (number: number): string =>
    isTime ? new Date(number).toISOString().slice(0, 16) : String(Number(number.toPrecision(6)))
  return histogram.map((count, part) => ({
    label: `${bound(from + part * width)} to ${bound(from + (part + 1) * width)}`,
    count,
  }))
}

function activityOf(changes: readonly ChangeSetSummary[]): ProfileFacts['activity'] {
  const days = new Map<string, number>()
  for (const { begunAt, counts } of changes) {
    const day = begunAt.slice(0, 10)
    days.set(day, (days.get(day) ?? 0) + changedBy(counts))
  }
  return [...days]
    .filter(([, count]) => count > 0)
    .map(([day, changes]) => ({ day, changes }))
    .sort((a, b) => (a.day < b.day ? -1 : 1))
}
