/** The states of the mirrors in one file, as rows. */
import type { DatabaseSync } from 'node:sqlite'
import { OWN_PREFIX, quoteName } from './names.ts'
import type { Shape } from './shape.ts'
import type { MirrorState } from './state.ts'

const TABLES = `${OWN_PREFIX}_tables`

export const CREATE_TABLES = `CREATE TABLE IF NOT EXISTS ${TABLES} (id TEXT PRIMARY KEY, name TEXT, state TEXT)`

export function readState(db: DatabaseSync, tableId: string): MirrorState | undefined {
  const row = db.prepare(`SELECT state FROM ${TABLES} WHERE id = ?`).get(tableId)
  return row === undefined ? undefined : parseState(row.state)
}

export function readStates(db: DatabaseSync): MirrorState[] {
  return db
    .prepare(`SELECT state FROM ${TABLES}`)
    .all()
    .flatMap((row) => parseState(row.state) ?? [])
}

export function writeState(db: DatabaseSync, state: MirrorState): void {
  db.prepare(`INSERT OR REPLACE INTO ${TABLES} VALUES (?, ?, ?)`).run(
    state.shape.tableId,
    state.shape.name,
    JSON.stringify(state),
  )
}

/** Undefined for a text that is not a state: the table is read again then. */
function parseState(text: unknown): MirrorState | undefined {
  try {
    const state = JSON.parse(String(text)) as Partial<MirrorState> | null
    const { shape, asOf, generation } = state ?? {}
    const isState =
      typeof shape?.tableId === 'string' &&
      Array.isArray(shape.columns) &&
      typeof asOf === 'string' &&
      typeof generation === 'number'
    return isState ? (state as MirrorState) : undefined
  } catch {
    return undefined
  }
}

/** Drops a mirror with its state. */
export function dropMirror(db: DatabaseSync, { tableId, name }: Shape): void {
  db.exec(`DROP TABLE IF EXISTS ${quoteName(name)}`)
  db.prepare(`DELETE FROM ${TABLES} WHERE id = ?`).run(tableId)
}
