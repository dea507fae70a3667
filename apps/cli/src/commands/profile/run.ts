/** `clt profile`: summarizes the values of each column of a table. */

import type { RecordField } from '@chatlayer-tables/contract'
import {
  type Client,
  type Column,
  stringifyJson,
  type Table,
  type TableRecord,
  type Version,
} from '@chatlayer-tables/core'
import type { EmbeddedData } from '@chatlayer-tables/views'
import { readConditions } from '../../conditions.ts'
import { openTableToRead } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatCount, Progress } from '../../output/progress.ts'
import { rich } from '../../output/styled.ts'
import { profilePage } from '../../pages/profile-page.ts'
import { PageOutput } from '../../pages/write-page.ts'
import { printable } from '../../printable.ts'
import { columnsInQuery, type Field, readSelect } from '../../where.ts'
import { type ColumnFacts, ColumnProfile } from './column-profile.ts'
import type { Options } from './definition.ts'
import { profileText } from './profile-text.ts'
import { sampleRecords } from './sample.ts'

/** Change sets whose days are shown. */
const MAX_CHANGE_SETS = 10_000

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const where = readConditions(options)
  const fields = readSelect(options.select)
  await using page = await PageOutput.create(context, options)
  await using open = await openTableToRead(context, options)
  const call = { signal: context.stop }
  const table = await open.handle.definition(call)
  const profiled = fields?.map((field) => profiledField(field, table))
  const columns = profiled ?? table.columns.map((column) => ({ column, meta: undefined }))
  const described = { ...table, columns: columns.map(({ column }) => column) }
  const profiles = columns.map(({ column, meta }) => {
    const profile = new ColumnProfile(column, described)
    const read = ({ values, ...record }: TableRecord) =>
      meta === undefined ? values[column.name] : record[meta] || null
    return { profile, read }
  })
  const query = { where, select: columnsInQuery(fields) }
  const sample = await sampleRecords(open.handle, query, options.sample, call)
  const progress = new Progress(context.messages)
  let records = 0
  for await (const batch of sample.records) {
    for (const record of batch) {
      for (const { profile, read } of profiles) profile.add(read(record), record.id)
    }
    records += batch.length
    progress.show(() => {
      const of = sample.expected === undefined ? '' : ` of ${formatCount(sample.expected)}`
      return `${formatCount(records)}${of} records`
    })
  }
  await progress.end()
  const facts = profiles.map(({ profile }) => profile.facts(options.top))
  const total = options.sample === undefined ? records : (sample.total ?? records)
  const found: FoundProfile = { table, version: open.version, total, read: records, facts }
  await page?.write('profile', await pageOf(found, open.client, options, context))
  if (page === undefined || context.json) await print(found, where !== undefined, context)
  else if (!page.isStdout) await context.out.write(`${titleOf(found, where !== undefined)}\n`)
  return EXIT.ok
}

interface FoundProfile {
  readonly table: Table
  readonly version: Version
  readonly total: number
  /** Records that were read. */
  readonly read: number
  readonly facts: readonly ColumnFacts[]
}

async function print(
  found: FoundProfile,
  isFiltered: boolean,
  { json, out, page }: Context,
): Promise<void> {
  const { table, version, total, read, facts } = found
  if (json) {
    const { id, name } = table
    const head = { table: name, id, version, records: total, lookedAt: read }
    await out.write(`${stringifyJson({ ...head, columns: facts })}\n`)
    return
  }
  await page()
  await out.write(`${titleOf(found, isFiltered)}\n`)
  for (const column of facts) await out.write(rich`\n${profileText(column, read, out)}`)
}

function titleOf({ table, version, total, read }: FoundProfile, isFiltered: boolean): string {
  const some = read < total ? `, ${formatCount(read)} of them read` : ''
  const meeting = isFiltered ? ' that meet the condition' : ''
  return `"${printable(table.name)}" (${version}): ${countOf(total)}${meeting}${some}`
}

async function pageOf(
  { table, version, total, read, facts }: FoundProfile,
  { connection: { origin, teamId, botId } }: Client,
  { where, filter, sample }: Options,
  { journal }: Context,
): Promise<EmbeddedData> {
  const filters = [...where, ...(filter === undefined ? [] : [filter])]
  return profilePage({
    ...{ table: table.name, version, records: read, columns: facts },
    facts: [
      ['records', countOf(total)],
      ...filters.map((text) => ['condition', text] as const),
      ...(sample === undefined ? [] : [['sample', countOf(read)] as const]),
      ['made', new Date().toISOString()],
    ],
    changes: await journal.list({
      ...{ tableIds: [table.id], version, connection: { origin, teamId, botId } },
      limit: MAX_CHANGE_SETS,
    }),
  })
}

interface ProfiledColumn {
  readonly column: Column
  /** The field of the record, if it is not a column of the table. */
  readonly meta: RecordField | undefined
}

/** @throws UsageError for a column that the table does not have */
function profiledField(field: Field, table: Table): ProfiledColumn {
  if ('meta' in field) {
    const { meta } = field
    return { column: { name: meta, type: meta === 'id' ? 'uuid' : 'timestamp' }, meta }
  }
  const column = table.columns.find(({ name }) => name === field.column)
  if (column !== undefined) return { column, meta: undefined }
  const names = table.columns.map(({ name }) => name).join(', ')
  throw new UsageError(`"${table.name}" has no column "${field.column}"`, `Its columns: ${names}.`)
}
