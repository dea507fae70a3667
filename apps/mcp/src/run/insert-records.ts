import type { Values } from '@chatlayer-tables/core'
import { insertRecords } from '../tools/insert-records.ts'
import { bind } from './context.ts'
import { openTable } from './open-table.ts'
import { collect } from './outcomes.ts'
import { fieldOf } from './trouble.ts'
import { logWrite } from './write-log.ts'

export const runInsertRecords = bind(insertRecords, async (input, context) => {
  const { signal } = context
  const table = openTable(context, input.table, 'write')
  const rows = input.records.map(asValues)
  const { ok, problems, notice, rejected, unknown } = await collect(
    table.insertMany(rows, { signal }),
    {
      byPlace: true,
      field: (error, row) => fieldOf(error)?.replace(/^values/, `records[${row}]`),
    },
    signal,
  )
  const result = { inserted: ok.size, rejected, unknown }
  logWrite(context.log, insertRecords.name, input, table.version, result)
  return {
    notice,
    version: table.version,
    ...result,
    ids: rows.map((_, index) => ok.get(index) ?? null),
    problems,
  }
})

/** Values as they came in: the client checks each against its column's type. */
export function asValues(values: Readonly<Record<string, unknown>>): Values {
  return values as Values
}
