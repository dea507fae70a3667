/** What earlier processes of a job are known to have written, as it was when this one began. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { packId } from '@chatlayer-tables/local'

/** Temporary tables, which SQLite keeps in a file: memory does not grow with the job. */
const SNAPSHOT = `
  CREATE TEMP TABLE earlier_ids (id PRIMARY KEY) WITHOUT ROWID;
  INSERT INTO earlier_ids SELECT DISTINCT id FROM rows WHERE id IS NOT NULL ORDER BY id;
  CREATE TEMP TABLE earlier_contents (content PRIMARY KEY, count INTEGER) WITHOUT ROWID;
  INSERT INTO earlier_contents
    SELECT content, count(*) FROM rows WHERE id IS NULL AND content IS NOT NULL
    GROUP BY content ORDER BY content;
`

export class EarlierRows {
  readonly #selectId: StatementSync
  readonly #selectContent: StatementSync

  constructor(database: DatabaseSync) {
    database.exec(SNAPSHOT)
    this.#selectId = database.prepare('SELECT 1 FROM earlier_ids WHERE id = ?')
    this.#selectContent = database.prepare('SELECT count FROM earlier_contents WHERE content = ?')
  }

  /** Whether the record belongs to a row with a final state. */
  has(id: string): boolean {
    return this.#selectId.get(packId(id)) !== undefined
  }

  /** How many rows of this content were written under ids that no response showed. */
  countOf(content: Uint8Array): number {
    return Number(this.#selectContent.get(content)?.count ?? 0)
  }
}
