/** Tables and records without HTTP, to set up a test and check its result. */
import { DEFAULT_DIALECT, type Version } from '@chatlayer-tables/contract'
import { keptVersion } from './actions.ts'
import type { Stored } from './columns/codec.ts'
import { isoOfMicros } from './columns/timestamp.ts'
import type { Emulation, TableSeed } from './emulation.ts'
import type { SeedRecord } from './seed-values.ts'
import type { StoredRecord } from './store.ts'
import type { ColumnInfo, TableInfo } from './tables.ts'
import { EVERY } from './where.ts'

export interface HeldTable {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

export interface HeldRecord {
  readonly id: string
  /** ISO 8601 with Z. */
  readonly createdAt: string
  readonly updatedAt: string
  /**
   * Every column: `int` as a number, or a bigint beyond 2^53; `numeric`, `uuid` and `timestamp` as
   * text; `jsonb` parsed.
   */
  readonly values: Readonly<Record<string, unknown>>
}

/** Tables are addressed by name or id. All methods throw EmulatorError for an unknown table. */
export interface TablesHandle {
  list(): HeldTable[]
  create(seed: TableSeed): HeldTable
  drop(table: string): void
  /** Inserts records, all or none of them; returns their ids (default version: DRAFT). */
  insert(table: string, records: Iterable<SeedRecord>, version?: Version): string[]
  /** In the order of insertion (default version: DRAFT). */
  records(table: string, version?: Version): HeldRecord[]
  count(table: string, version?: Version): number
}

export function makeTablesHandle(emulation: Emulation): TablesHandle {
  const { store } = emulation
  const home = (version: Version = 'DRAFT') => keptVersion(emulation.dialect, version)
  return {
    list: () => store.tables().map(hold),
    create: (seed) => hold(emulation.createTable(seed)),
    drop: (table) => store.dropTable(emulation.tableOf(table)),
    insert: (table, records, version) =>
      emulation.insert(emulation.tableOf(table), records, version),
    records(nameOrId, version) {
      const table = emulation.tableOf(nameOrId)
      const all = { limit: -1, offset: 0, shuffle: undefined }
      return store
        .select(table, home(version), EVERY, all)
        .map((record) => holdRecord(table, record))
    },
    count: (table, version) => store.count(emulation.tableOf(table), home(version), EVERY),
  }
}

function hold({ id, name, description, columns }: TableInfo): HeldTable {
  return {
    id,
    name,
    description,
    columns: columns.map((column) => ({ name: column.name, type: column.declared })),
  }
}

function holdRecord(table: TableInfo, record: StoredRecord): HeldRecord {
  return {
    id: record.id,
    createdAt: isoOfMicros(record.created),
    updatedAt: isoOfMicros(record.updated),
    values: Object.fromEntries(
      table.columns.map((column, index) => [
        column.name,
        holdValue(column, record.values[index] ?? null),
      ]),
    ),
  }
}

function holdValue({ type, codec }: ColumnInfo, value: Stored | null): unknown {
  if (value === null) return null
  if (type === 'int') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  return JSON.parse(codec.write(value, DEFAULT_DIALECT))
}
