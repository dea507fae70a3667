/** `clt profile`: summarizes the values of each column of a table. */

import type { RecordField } from '@chatlayer-tables/contract'
import { type Column, stringifyJson, type Table, type TableRecord } from '@chatlayer-tables/core'
import { readConditions } from '../../conditions.ts'
import { openTableToRead } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatCount, Progress } from '../../output/progress.ts'
import { rich } from '../../output/styled.ts'
import { printable } from '../../printable.ts'
import { columnsInQuery, type Field, readSelect } from '../../where.ts'
import { ColumnProfile } from './column-profile.ts'
import type { Options } from './definition.ts'
import { profileText } from './profile-text.ts'
import { sampleRecords } from './sample.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const where = readConditions(options)
  const fields = readSelect(options.select)
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
  for await (const page of sample.records) {
    for (const record of page) {
      for (const { profile, read } of profiles) profile.add(read(record), record.id)
    }
    records += page.length
    progress.show(() => {
      const of = sample.expected === undefined ? '' : ` of ${formatCount(sample.expected)}`
      return `${formatCount(records)}${of} records`
    })
  }
  await progress.end()
  const facts = profiles.map(({ profile }) => profile.facts(options.top))
  const total = options.sample === undefined ? records : (sample.total ?? records)
  if (context.json) {
    const { id, name } = table
    const head = { table: name, id, version: open.version, records: total, lookedAt: records }
    await context.out.write(`${stringifyJson({ ...head, columns: facts })}\n`)
    return EXIT.ok
  }
  const read = records < total ? `, ${formatCount(records)} of them read` : ''
  const meeting = where === undefined ? '' : ' that meet the condition'
  await context.page()
  const title = `"${printable(table.name)}" (${open.version}): ${countOf(total)}${meeting}${read}`
  await context.out.write(`${title}\n`)
  for (const column of facts) {
    await context.out.write(rich`\n${profileText(column, records, context.out)}`)
  }
  return EXIT.ok
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
