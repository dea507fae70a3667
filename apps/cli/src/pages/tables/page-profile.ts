/** The profile of a table, as `clt profile` makes it. */
import type { CallOptions, Client } from '@chatlayer-tables/core'
import type { Journal } from '@chatlayer-tables/journal'
import type { ProfileFacts } from '@chatlayer-tables/views'
import { ColumnProfile } from '../../commands/profile/column-profile.ts'
import { sampleRecords } from '../../commands/profile/sample.ts'
import { UsageError } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import { profilePage } from '../profile-page.ts'
import type { PageTable } from './page-tables.ts'

/** Larger tables are profiled by an evenly spread sample of this size. */
const MAX_RECORDS = 100_000
/** Number of frequent values of a column. */
const TOP = 10
/** Change sets whose days are shown. */
const MAX_CHANGE_SETS = 10_000

export async function profileOf(
  { definition, version, handle }: PageTable,
  journal: Journal,
  { connection: { origin, teamId, botId } }: Client,
  call: CallOptions,
): Promise<ProfileFacts> {
  const sample = await sampleRecords(handle, {}, MAX_RECORDS, call)
  const profiles = definition.columns.map((column) => new ColumnProfile(column, definition))
  let records = 0
  for await (const batch of sample.records) {
    for (const { id, values } of batch) {
      for (const [index, { name }] of definition.columns.entries()) {
        profiles[index]?.add(values[name], id)
      }
    }
    records += batch.length
  }
  const { profile } = profilePage({
    ...{ table: definition.name, version, records },
    columns: profiles.map((each) => each.facts(TOP)),
    facts: [
      ['records', countOf(sample.total ?? records)],
      ...(records < (sample.total ?? records) ? [['sample', countOf(records)] as const] : []),
    ],
    changes: await journal.list({
      ...{ tableIds: [definition.id], version, connection: { origin, teamId, botId } },
      limit: MAX_CHANGE_SETS,
    }),
  })
  if (profile === undefined) throw new UsageError('the table has no profile')
  return profile
}
