import { describeTable } from '../tools/describe-table.ts'
import { bind } from './context.ts'
import { openTable } from './open-table.ts'

export const runDescribeTable = bind(describeTable, async ({ table: reference }, context) => {
  const { signal } = context
  const table = openTable(context, reference, 'read')
  const { name, id, description, columns } = await table.definition({ signal })
  return {
    name,
    id,
    ...(description ? { description } : {}),
    version: table.version,
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
    records: await table.count(undefined, { signal }),
  }
})
