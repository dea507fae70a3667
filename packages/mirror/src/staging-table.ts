/** A table that is being read as a whole, beside its mirror, which it replaces when it is complete. */
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { TableRecord } from '@chatlayer-tables/core'
import { transaction } from '@chatlayer-tables/local'
import { OWN_PREFIX, quoteName } from './names.ts'
import { RowWriter } from './row-writer.ts'
import { createIndexSql, createTableSql, type Shape } from './shape.ts'
import type { MirrorState, NewState } from './state.ts'
import { dropMirror, readStates, writeState } from './state-rows.ts'

const STAGES = `${OWN_PREFIX}_stages`
/** Records that are written in one transaction while a table is read. */
const BATCH = 400
/** A staging table that is older than this belongs to no running process. */
const ABANDONED_MS = 24 * 3_600_000

export const CREATE_STAGES = `CREATE TABLE IF NOT EXISTS ${STAGES} (name TEXT PRIMARY KEY, pid INT, at INT)`

/** Not visible to queries before it is committed. */
export class StagingTable {
  readonly #db: DatabaseSync
  readonly #shape: Shape
  readonly #name = `${OWN_PREFIX}_stage_${randomBytes(8).toString('hex')}`
  readonly #rounded: Record<string, number> = {}
  readonly #writer: RowWriter
  #waiting: TableRecord[] = []
  #records = 0

  constructor(db: DatabaseSync, shape: Shape) {
    this.#db = db
    this.#shape = shape
    transaction(db, () => {
      db.exec(createTableSql(shape, quoteName(this.#name)))
      db.prepare(`INSERT INTO ${STAGES} VALUES (?, ?, ?)`).run(this.#name, process.pid, Date.now())
    })
    this.#writer = new RowWriter(db, shape, quoteName(this.#name), this.#rounded)
  }

  get records(): number {
    return this.#records + this.#waiting.length
  }

  add(records: readonly TableRecord[]): void {
    this.#waiting.push(...records)
    if (this.#waiting.length >= BATCH) this.#flush()
  }

  #flush(): void {
    if (this.#waiting.length === 0) return
    const records = this.#waiting
    this.#waiting = []
    transaction(this.#db, () => {
      for (const record of records) this.#writer.write(record)
    })
    this.#records += records.length
  }

  /**
   * Replaces the previous mirror. A mirror that another process read later stays, and its state is
   * returned.
   */
  commit(next: NewState): MirrorState {
    this.#flush()
    const { tableId, name } = this.#shape
    return transaction(this.#db, () => {
      const held = readStates(this.#db)
      const former = held.find(({ shape }) => shape.tableId === tableId)
      const isNewer =
        former?.complete === true &&
        former.asOf > next.asOf &&
        JSON.stringify(former.shape) === JSON.stringify(this.#shape)
      if (isNewer) {
        discard(this.#db, this.#name)
        return former
      }
      for (const { shape } of held) {
        if (shape.tableId === tableId || shape.name === name) dropMirror(this.#db, shape)
      }
      this.#db.exec(`ALTER TABLE ${quoteName(this.#name)} RENAME TO ${quoteName(name)}`)
      this.#db.exec(createIndexSql(this.#shape))
      this.#db.prepare(`DELETE FROM ${STAGES} WHERE name = ?`).run(this.#name)
      const generation = (former?.generation ?? 0) + 1
      const state = { ...next, records: this.#records, generation, rounded: this.#rounded }
      writeState(this.#db, state)
      return state
    })
  }

  discard(): void {
    transaction(this.#db, () => discard(this.#db, this.#name))
  }
}

/** Drops the staging tables of processes that have ended. */
export function dropAbandoned(db: DatabaseSync): void {
  const stages = db.prepare(`SELECT name, pid, at FROM ${STAGES}`).all()
  const now = Date.now()
  const dead = stages.filter(
    ({ pid, at }) => now - Number(at) > ABANDONED_MS || !isAlive(Number(pid)),
  )
  if (dead.length === 0) return
  transaction(db, () => {
    for (const { name } of dead) discard(db, String(name))
  })
}

function discard(db: DatabaseSync, stage: string): void {
  db.exec(`DROP TABLE IF EXISTS ${quoteName(stage)}`)
  db.prepare(`DELETE FROM ${STAGES} WHERE name = ?`).run(stage)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
