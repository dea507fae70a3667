/** `clt profile`: summarizes the values of each column of a table. */

import { stringifyJson } from '@chatlayer-tables/core'
import { readConditions } from '../../conditions.ts'
import { openTableToRead } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatCount, Progress } from '../../output/progress.ts'
import { rich } from '../../output/styled.ts'
import { printable } from '../../printable.ts'
import { parseColumns } from '../../where.ts'
import { ColumnProfile } from './column-profile.ts'
import type { Options } from './definition.ts'
import { profileText } from './profile-text.ts'
import { sampleRecords } from './sample.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const where = readConditions(options)
  const select = options.select.length === 0 ? undefined : options.select.flatMap(parseColumns)
  await using open = await openTableToRead(context, options)
  const call = { signal: context.stop }
  const table = await open.handle.definition(call)
  const columns = select?.map((name) => {
    const column = table.columns.find((each) => each.name === name)
    if (column !== undefined) return column
    const names = table.columns.map((each) => each.name).join(', ')
    throw new UsageError(`"${table.name}" has no column "${name}"`, `Its columns: ${names}.`)
  })
  const profiles = (columns ?? table.columns).map((column) => ({
    name: column.name,
    profile: new ColumnProfile(column, table),
  }))
  const query = { where, select }
  const sample = await sampleRecords(open.handle, query, options.sample, call)
  const progress = new Progress(context.messages)
  let records = 0
  for await (const page of sample.records) {
    for (const { id, values } of page) {
      for (const { name, profile } of profiles) profile.add(values[name], id)
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
  const title = `"${printable(table.name)}" (${open.version}): ${countOf(total)}${meeting}${read}`
  await context.out.write(`${title}\n`)
  for (const column of facts) {
    await context.out.write(rich`\n${profileText(column, records, context.out)}`)
  }
  return EXIT.ok
}
