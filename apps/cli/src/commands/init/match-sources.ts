/** Matches files with the tables of a bot, by name and by columns. */

import { columnTypeOf } from '@chatlayer-tables/contract'
import type { Client, Table, TableRecord, Values, Version } from '@chatlayer-tables/core'
import { CellError, cellReader } from '@chatlayer-tables/files'
import { type ComparedTable, findKey } from '@chatlayer-tables/transfer'
import type { FoundSource } from './find-sources.ts'

export interface Match {
  readonly table: Table
  readonly source: FoundSource
  /** Columns of the source by the table's names. */
  readonly columns: ReadonlyMap<string, string>
  /** Columns of the source that the table does not have, and the reverse. */
  readonly onlyInSource: readonly string[]
  readonly onlyInTable: readonly string[]
  /** Undefined where no column of both tells records apart. */
  readonly key: string | undefined
}

/** At least this share of the columns of each must be in common, if the names differ. */
const MIN_SHARE = 0.5

/** Each table is matched once, with the source that fits best. */
export async function matchSources(
  client: Client,
  tables: readonly Table[],
  sources: readonly FoundSource[],
  signal: AbortSignal,
): Promise<Match[]> {
  const left = new Set(sources)
  const matches: Match[] = []
  for (const table of tables) {
    const [best] = Array.from(left, (source) => ({ source, fit: fitOf(table, source) }))
      .filter(({ fit }) => fit > 0)
      .sort((a, b) => b.fit - a.fit)
    if (best === undefined) continue
    left.delete(best.source)
    matches.push(await matchOf(client, table, best.source, signal))
  }
  return matches
}

/** Sources with the name of the table come first, then those with most columns in common. */
function fitOf(table: Table, source: FoundSource): number {
  const common = commonColumns(table, source).size
  const share = common / Math.max(table.columns.length, source.columns.length)
  const isNamed = fold(table.name) === fold(source.name)
  if (common === 0 || (!isNamed && share < MIN_SHARE)) return 0
  return isNamed ? 1 + share : share
}

async function matchOf(
  client: Client,
  table: Table,
  source: FoundSource,
  signal: AbortSignal,
): Promise<Match> {
  const columns = commonColumns(table, source)
  const taken = new Set(columns.values())
  const sample = sampleTable(table, source, columns)
  const names = table.columns.map(({ name }) => name).filter((name) => columns.has(name))
  const stored = client.table(table.id, { version: 'DRAFT' })
  return {
    table,
    source,
    columns,
    onlyInSource: source.columns.filter((name) => !taken.has(name)),
    onlyInTable: table.columns.map(({ name }) => name).filter((name) => !columns.has(name)),
    key: await findKey(sample, stored, names, { signal }),
  }
}

/** Names of the source by those of the table. */
function commonColumns(table: Table, { columns }: FoundSource): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const left = new Set(columns)
  for (const isSame of [
    (a: string, b: string) => a === b,
    (a: string, b: string) => fold(a) === fold(b),
  ]) {
    for (const { name } of table.columns) {
      const title = found.has(name) ? undefined : [...left].find((other) => isSame(name, other))
      if (title === undefined) continue
      found.set(name, title)
      left.delete(title)
    }
  }
  return found
}

/** Letters and digits, in lower case and without accents. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}

/** The first rows of a source, in the form in which tables are compared. */
function sampleTable(
  table: Table,
  { rows }: FoundSource,
  columns: ReadonlyMap<string, string>,
): ComparedTable {
  const read = cellReader()
  const version: Version = 'DRAFT'
  async function* records(): AsyncGenerator<TableRecord> {
    for (const row of rows) {
      const values: Record<string, Values[string]> = {}
      for (const { name, type } of table.columns) {
        const title = columns.get(name)
        if (title === undefined) continue
        try {
          values[name] = read(row.get(title) ?? null, columnTypeOf(type) ?? 'text', name)
        } catch (error) {
          if (!(error instanceof CellError)) throw error
          values[name] = null
        }
      }
      yield { id: '', createdAt: '', updatedAt: '', values }
    }
  }
  return { version, definition: async () => table, records }
}
