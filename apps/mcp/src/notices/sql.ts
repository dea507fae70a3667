/** Sentences about the result of an SQL query. */
import type { QuerySource } from '@chatlayer-tables/mirror'
import type { CallContext } from '../call/context.ts'
import { openVersion } from '../call/open-table.ts'
import { MASK, type VisibleTable } from '../policy/policy.ts'
import { joinSentences } from '../result/sentences.ts'
import { emptyTableNotice } from './empty.ts'

type Sources = readonly Pick<QuerySource, 'table' | 'version' | 'records'>[]

/** That a query read an empty version whose other version is not empty, or compared masks. */
export async function sqlNotice(
  sql: string,
  sources: Sources,
  context: CallContext,
): Promise<string | undefined> {
  const visible = await context.catalog.visible(context.signal)
  const find = (name: string) => visible.find(({ table }) => table.name === name)
  const empty: string[] = []
  for (const { table: name, version, records } of sources) {
    const table = records === 0 ? find(name) : undefined
    // A query over both versions knows that one is empty.
    const isBoth = sources.filter(({ table }) => table === name).length > 1
    if (table === undefined || isBoth) continue
    empty.push(await emptyTableNotice(openVersion(context, table, version), context, 'sql'))
  }
  const tables = new Set(sources.flatMap(({ table }) => find(table) ?? []))
  return joinSentences(...empty, maskNotice(sql, tables))
}

function maskNotice(sql: string, tables: Iterable<VisibleTable>): string | undefined {
  const text = sql.toLowerCase()
  const masked = [...tables].flatMap((table) => [...table.masked])
  const named = masked.filter((column) => text.includes(column.toLowerCase()))
  if (named.length === 0) return undefined
  const columns = [...new Set(named)].map((name) => JSON.stringify(name)).join(', ')
  return `${columns} is masked: counts and conditions see only "${MASK}".`
}
