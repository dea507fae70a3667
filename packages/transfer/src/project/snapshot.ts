/** The records of a table as they are or will be, on this machine: to be compared with, and checked. */
import type { DatabaseSync } from 'node:sqlite'
import { columnTypeOf } from '@chatlayer-tables/contract'
import {
  parseJson,
  recordFilter,
  stringifyJson,
  type Table,
  type TableRecord,
  type Value,
  type Values,
} from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files'
import { openTemporaryDatabase, usingTemporaryFolder } from '@chatlayer-tables/local'
import type { AttachedRows } from '@chatlayer-tables/mirror'
import type { ComparedTable } from '../compare/compare-types.ts'
import type { PlannedWrites } from '../sync/planned-writes.ts'

const TABLES = `
  CREATE TABLE records (n INTEGER PRIMARY KEY, id TEXT, created TEXT, updated TEXT, held TEXT) STRICT;
`

interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  readonly onRecords?: ((records: number) => void) | undefined
}

/** Records in a temporary file; memory does not grow with their number. */
export class Snapshot implements Disposable {
  readonly definition: Table
  readonly #version: ComparedTable['version']
  readonly #database: DatabaseSync = openTemporaryDatabase(TABLES)

  private constructor(definition: Table, version: ComparedTable['version']) {
    this.definition = definition
    this.#version = version
  }

  /** Reads a whole table. @throws ChatlayerError when it cannot be read */
  static async read(
    table: ComparedTable,
    { signal, onRecords }: ReadOptions = {},
  ): Promise<Snapshot> {
    const snapshot = new Snapshot(await table.definition({ signal }), table.version)
    try {
      const insert = snapshot.#database.prepare('INSERT INTO records VALUES (NULL, ?, ?, ?, ?)')
      let records = 0
      for await (const { id, createdAt, updatedAt, values } of table.records({}, { signal })) {
        usingTemporaryFolder(() => insert.run(id, createdAt, updatedAt, stringifyJson(values)))
        onRecords?.(++records)
      }
      usingTemporaryFolder(() => snapshot.#database.exec('CREATE INDEX by_id ON records (id)'))
      return snapshot
    } catch (error) {
      snapshot[Symbol.dispose]()
      throw error
    }
  }

  /** Makes the records what they will be once these writes are done. */
  async apply(writes: PlannedWrites): Promise<void> {
    const turns = new Turns()
    const [insert, find, update, remove] = [
      'INSERT INTO records VALUES (NULL, NULL, NULL, NULL, ?)',
      'SELECT held FROM records WHERE id = ?',
      'UPDATE records SET held = ? WHERE id = ?',
      'DELETE FROM records WHERE id = ?',
    ].map((sql) => this.#database.prepare(sql)) as [Statement, Statement, Statement, Statement]
    for (const { id } of writes.deletes()) {
      if (turns.isDue) await turns.pass()
      usingTemporaryFolder(() => remove.run(id))
    }
    for (const { id, after, fields } of writes.updates()) {
      if (turns.isDue) await turns.pass()
      const held = valuesIn(find.get(id)?.held)
      const changed = fields.map((name) => [name, after[name] ?? null])
      const values = { ...held, ...Object.fromEntries(changed) } as Values
      usingTemporaryFolder(() => update.run(stringifyJson(values), id))
    }
    for (const { values } of writes.inserts()) {
      if (turns.isDue) await turns.pass()
      usingTemporaryFolder(() => insert.run(stringifyJson(values)))
    }
  }

  /** The records as a table that a comparison reads, always with all values. What is not written yet has no id. */
  get table(): ComparedTable {
    const { definition } = this
    const read = (): AsyncGenerator<TableRecord> => this.#records()
    return {
      version: this.#version,
      definition: async () => definition,
      async *records({ where, limit } = {}, { signal } = {}) {
        const matches = where === undefined ? () => true : recordFilter(where, definition)
        let count = 0
        for await (const record of read()) {
          signal?.throwIfAborted()
          if (limit !== undefined && count >= limit) return
          if (!matches(record)) continue
          count++
          yield record
        }
      },
    }
  }

  /** The records as a table for SQL, with their ids and dates where they have some. */
  get rows(): AttachedRows {
    const { columns } = this.definition
    const read = (): AsyncGenerator<TableRecord> => this.#records()
    return {
      columns: [
        { name: 'id', type: 'uuid' },
        { name: 'created_at', type: 'timestamp' },
        { name: 'updated_at', type: 'timestamp' },
        ...columns.map(({ name, type }) => ({ name, type: columnTypeOf(type) })),
      ],
      rows: (async function* (): AsyncGenerator<Value[]> {
        for await (const { id, createdAt, updatedAt, values } of read()) {
          const own = [id, createdAt, updatedAt].map((text) => (text === '' ? null : text))
          yield [...own, ...columns.map(({ name }) => values[name] ?? null)]
        }
      })(),
    }
  }

  async *#records(): AsyncGenerator<TableRecord> {
    const turns = new Turns()
    for (const row of this.#database.prepare('SELECT * FROM records ORDER BY n').iterate()) {
      if (turns.isDue) await turns.pass()
      const [id, createdAt, updatedAt] = [row.id, row.created, row.updated].map((text) =>
        text === null ? '' : String(text),
      ) as [string, string, string]
      yield { id, createdAt, updatedAt, values: valuesIn(row.held) }
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

type Statement = ReturnType<DatabaseSync['prepare']>

function valuesIn(held: unknown): Values {
  return parseJson(String(held)) as Values
}
