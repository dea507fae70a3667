/** Prepared statements, and transactions that keep the counters of sets. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { transaction } from '@chatlayer-tables/local'
import { SetCounts } from '../set-counts.ts'

export class Statements {
  readonly database: DatabaseSync
  /** What the present transaction adds to the counters of sets. */
  readonly counts = new SetCounts()
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.database = database
  }

  /** Runs `work` as one transaction, and updates the counters of sets. */
  transaction<T>(work: () => T): T {
    this.counts.clear()
    return transaction(this.database, () => {
      const result = work()
      this.#writeCounts()
      return result
    })
  }

  prepare(query: string): StatementSync {
    let statement = this.#statements.get(query)
    if (statement === undefined) {
      statement = this.database.prepare(query)
      this.#statements.set(query, statement)
    }
    return statement
  }

  #writeCounts(): void {
    for (const { set, added } of this.counts.sums()) {
      const sums = added.map(([counter]) => `${counter} = ${counter} + ?`).join(', ')
      const values = added.map(([, by]) => by)
      this.prepare(`UPDATE sets SET ${sums} WHERE n = ?`).run(...values, set)
    }
  }
}
