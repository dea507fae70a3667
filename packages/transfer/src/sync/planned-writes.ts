/**
 * The writes of a sync, as they were shown before the first of them left: in a database beside the
 * job's own, so that every run of the job carries out the same ones, also when the source changes.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { parseJson, stringifyJson, type Values } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files'
import { createDatabaseInTurns, openDatabase, packId } from '@chatlayer-tables/local'
import type { Comparison } from '../compare/compare.ts'
import type { Place } from '../compare/compare-types.ts'

/** The name of the database in the folder of the job. */
export const WRITES = 'writes.sqlite'

/** Writes are numbered through from 1: all inserts, then all updates, then all deletes. */
export interface PlannedInsert {
  readonly n: number
  readonly values: Values
}

/** A record that the table has, as it was when it was compared. */
interface PlannedChange {
  readonly n: number
  readonly id: string
  readonly before: Values
}

export interface PlannedUpdate extends PlannedChange {
  readonly change: 'update'
  /** What it is to hold, in the columns that are compared. */
  readonly after: Values
  /** The columns that differ, which alone are written. */
  readonly fields: readonly string[]
}

export interface PlannedDelete extends PlannedChange {
  readonly change: 'delete'
}

const TABLES = `
  CREATE TABLE writes (
    n INTEGER PRIMARY KEY, change TEXT NOT NULL, id TEXT, before TEXT, after TEXT, fields TEXT
  ) STRICT;
  CREATE TABLE standing (id PRIMARY KEY) WITHOUT ROWID;
`

export class PlannedWrites implements Disposable {
  readonly #database: DatabaseSync

  readonly #findStanding: StatementSync

  private constructor(database: DatabaseSync) {
    this.#database = database
    this.#findStanding = database.prepare('SELECT 1 FROM standing WHERE id = ?')
  }

  /**
   * Keeps what makes the table of a comparison (b) equal to its source (a); on the disk when it
   * returns. Only its owner may read it.
   *
   * @throws StorageError
   */
  static create(path: string, comparison: Comparison, isDeleting: boolean): Promise<void> {
    return createDatabaseInTurns(path, async (database) => {
      database.exec(`BEGIN; ${TABLES}`)
      await keepWrites(database, comparison, isDeleting)
      database.exec('COMMIT')
    })
  }

  /** @throws StorageError */
  static open(path: string): PlannedWrites {
    return new PlannedWrites(openDatabase(path, { readOnly: true }))
  }

  /**
   * Whether a record was in the table when it was compared and is equal to one that is to be
   * inserted; a search for the latter must not take it for that.
   */
  isStanding(id: string): boolean {
    return this.#findStanding.get(packId(id)) !== undefined
  }

  *inserts(): Generator<PlannedInsert, void, undefined> {
    for (const { n, after } of this.#each('insert')) {
      yield { n: Number(n), values: valuesIn(after) }
    }
  }

  *updates(): Generator<PlannedUpdate, void, undefined> {
    for (const { n, id, before, after, fields } of this.#each('update')) {
      yield {
        change: 'update',
        n: Number(n),
        id: String(id),
        before: valuesIn(before),
        after: valuesIn(after),
        fields: JSON.parse(String(fields)) as string[],
      }
    }
  }

  *deletes(): Generator<PlannedDelete, void, undefined> {
    for (const { n, id, before } of this.#each('delete')) {
      yield { change: 'delete', n: Number(n), id: String(id), before: valuesIn(before) }
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  #each(change: string): Iterable<Record<string, SQLOutputValue>> {
    const query = 'SELECT * FROM writes WHERE change = ? ORDER BY n'
    return this.#database.prepare(query).iterate(change)
  }
}

async function keepWrites(
  database: DatabaseSync,
  comparison: Comparison,
  isDeleting: boolean,
): Promise<void> {
  const turns = new Turns()
  const insert = database.prepare('INSERT INTO writes VALUES (?, ?, ?, ?, ?, ?)')
  const { removed, changed } = comparison.counts
  let [inserts, updates, deletes] = [0, 0, 0]
  for (const difference of comparison.ofA()) {
    if (turns.isDue) await turns.pass()
    if (difference.change === 'removed') {
      insert.run(++inserts, 'insert', null, null, stringifyJson(difference.values), null)
      continue
    }
    // The table is to have the values of a.
    const { b, before: wanted, after: held, fields } = difference
    const texts = [stringifyJson(held), stringifyJson(wanted), JSON.stringify(fields)]
    insert.run(removed + ++updates, 'update', idOf(b), ...texts)
  }
  for (const { b, values } of isDeleting ? comparison.additions() : []) {
    if (turns.isDue) await turns.pass()
    const n = removed + changed + ++deletes
    insert.run(n, 'delete', idOf(b), stringifyJson(values), null, null)
  }
  const insertStanding = database.prepare('INSERT INTO standing VALUES (?)')
  for (const place of comparison.equalToRemoved()) insertStanding.run(packId(idOf(place)))
}

function idOf(place: Place): string {
  if ('id' in place) return place.id
  throw new Error('only a table can be changed')
}

function valuesIn(held: SQLOutputValue | undefined): Values {
  return parseJson(String(held)) as Values
}
