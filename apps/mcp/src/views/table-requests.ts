/** Tables, as views may see them. */
import type { TableFacts } from '@chatlayer-tables/views'
import { z } from 'zod'
import { openTable } from '../call/open-table.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { defineRequest, type ViewRequest } from './view-request.ts'

const table = defineRequest({
  name: 'table',
  tools: ['query_records', 'describe_table'],
  params: z.object({ table: z.string() }),
  answer: async (params, context) => ({
    result: await factsOf(await openTable(context, params.table, 'read')),
  }),
})

async function factsOf(opened: GuardedTable): Promise<TableFacts> {
  const { definition, version } = opened
  return {
    table: definition.name,
    version,
    columns: definition.columns.map(({ name, type }) => ({ name, type })),
    total: await opened.count(),
    isWritable: false,
    facts: [],
  }
}

export const tableRequests: readonly ViewRequest[] = [table]
