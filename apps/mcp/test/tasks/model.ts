/** The expected content of the bot, changed by each task in plain JavaScript. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { expect } from 'vitest'

export type Row = Record<string, unknown>

/** Rows by table and version: `products@draft`. */
export type Model = Map<string, Row[]>

export function rowsOf(model: Model, table: string): Row[] {
  const rows = model.get(table)
  if (rows === undefined) throw new Error(`no table ${table}`)
  return rows
}

/** Checks that a table has exactly the expected records, in any order. */
export function checkTable(emulator: Emulator, model: Model, name: string): void {
  const [table = '', version = ''] = name.split('@')
  const types = new Map(
    emulator.tables
      .list()
      .find((one) => one.name === table)
      ?.columns.map((column) => [column.name, column.type]),
  )
  const held = emulator.tables.records(table, version === 'live' ? 'LIVE' : 'DRAFT')
  const found = held.map(({ values }) => textOf(values, types)).sort()
  const wanted = rowsOf(model, name).map((row) => textOf(row, types))
  expect(found, name).toEqual(wanted.sort())
}

/** Columns without a value may be missing; numbers, instants and JSON have one form. */
function textOf(row: Readonly<Row>, types: ReadonlyMap<string, string>): string {
  const entries = Object.entries(row).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, plain(value, types.get(name))]],
  )
  return JSON.stringify(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

function plain(value: unknown, type: string | undefined): unknown {
  if (type === 'numeric') return Number(value)
  if (type === 'timestamp') return Date.parse(String(value))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  }
  return value
}
