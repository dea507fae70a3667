/** The profile of a table, as views may see it. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { ChangeSetSummary } from '@chatlayer-tables/journal'
import { type ColumnProfile, type ProfileFacts, toCell } from '@chatlayer-tables/views'
import { z } from 'zod'
import type { CallContext } from '../call/context.ts'
import { connectionOf } from '../journal/write-journal.ts'
import { reasonOf } from '../logger.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { cellOf } from '../preview/cell.ts'
import { MAX_PROFILED, Profile } from '../tools/describe-table/profile.ts'
import { Name } from './params.ts'
import { Suspicions } from './suspicions.ts'
import { openNamed } from './table-requests.ts'
import { defineRequest, type ViewRequest } from './view-request.ts'

const TOP_VALUES = 8

const profile = defineRequest({
  name: 'profile',
  tools: ['describe_table'],
  params: z.strictObject({ table: Name.optional() }),
  answer: async (params, context) => {
    const table = await openNamed(params, context)
    return { result: await profileOf(table, context) }
  },
})

async function profileOf(table: GuardedTable, context: CallContext): Promise<ProfileFacts> {
  const { definition, version, readable } = table
  const figures = new Profile(readable, definition)
  const suspicions = new Suspicions()
  for await (const page of table.pages({ limit: MAX_PROFILED })) {
    for (const record of page) {
      figures.add(record)
      for (const { name } of readable) suspicions.add(name, cellOf(record.values, name))
    }
  }
  const total = figures.records < MAX_PROFILED ? figures.records : await table.count()
  const isReadable = new Set(readable.map(({ name }) => name))
  return {
    table: definition.name,
    version,
    records: figures.records,
    facts: [
      ['records', String(total)],
      ...(figures.records < total
        ? [['figures of', `the first ${figures.records} records`] as const]
        : []),
    ],
    columns: definition.columns.map(({ name, type }) =>
      isReadable.has(name)
        ? columnOf(name, type, figures, suspicions)
        : { ...NO_FIGURES, name, type, facts: [['values', 'masked by the operator']] },
    ),
    activity: await activityOf(table, context),
  }
}

const NO_FIGURES = { filled: 0, empty: 0, top: [], histogram: [], suspicious: [] }

function columnOf(
  name: string,
  type: string,
  figures: Profile,
  suspicions: Suspicions,
): ColumnProfile {
  const { filled, distinct, isExact, top } = figures.countsOf(name, TOP_VALUES)
  const { min, max } = figures.of(name) ?? {}
  return {
    name,
    type: columnTypeOf(type) ?? type,
    filled,
    empty: figures.records - filled,
    ...(isExact ? { distinct } : {}),
    top: top.map(({ value, count }) => ({ value: toCell(value), count })),
    histogram: [],
    facts: [
      ...(isExact ? [] : [['different values', `more than ${distinct}`] as const]),
      ...(min === undefined
        ? []
        : [['least', String(min)] as const, ['greatest', String(max)] as const]),
    ],
    suspicious: suspicions.of(name),
  }
}

/** Days of the sparkline, and the change sets that are counted for it. */
const MAX_DAYS = 30
const MAX_SETS = 1_000
const DAY_MS = 86_400_000

/** Changes a day of the last days with the journal's eyes; none without a journal that can be read. */
async function activityOf(
  { definition, version }: GuardedTable,
  { settings, journal, client, log }: CallContext,
): Promise<ProfileFacts['activity']> {
  if (!settings.journal) return []
  const today = Math.floor(Date.now() / DAY_MS)
  let sets: readonly ChangeSetSummary[]
  try {
    sets = await (await journal.open()).list({
      tableIds: [definition.id],
      version,
      connection: connectionOf(client),
      since: (today - MAX_DAYS + 1) * DAY_MS,
      limit: MAX_SETS,
    })
  } catch (error) {
    log.warn(`a profile is shown without its changes: ${reasonOf(error)}`)
    return []
  }
  if (sets.length === 0) return []
  const counts = new Map<string, number>()
  for (const { begunAt, counts: of } of sets) {
    const day = begunAt.slice(0, 10)
    counts.set(day, (counts.get(day) ?? 0) + of.inserted + of.updated + of.deleted)
  }
  return Array.from({ length: MAX_DAYS }, (_, index) => {
    const at = new Date((today - MAX_DAYS + 1 + index) * DAY_MS)
    const day = at.toISOString().slice(0, 10)
    return { day, changes: counts.get(day) ?? 0 }
  })
}

export const profileRequests: readonly ViewRequest[] = [profile]
