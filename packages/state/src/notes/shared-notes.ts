/** Notes in the database. Their times are the database's. */
import { randomUUID } from 'node:crypto'
import type { Database } from '../database.ts'
import { hashOf } from './hash.ts'
import { MAX_NOTE_BYTES, MAX_NOTES, type NoteKind, type Notes, secondsOf } from './notes.ts'

const EXPIRES = `now() + $5::float8 * interval '1 second'`

/** Repeated after a lost response, it finds its own note, by the mark, and succeeds again. */
const ADD = `insert into notes as old (kind, owner, key, text, expires_at, mark)
  values ($1, $2, $3, $4, ${EXPIRES}, $6)
  on conflict (kind, owner, key) do update
    set text = excluded.text, expires_at = excluded.expires_at, mark = excluded.mark
    where old.expires_at <= now() or old.mark = excluded.mark
  returning key`

const PUT = `insert into notes (kind, owner, key, text, expires_at, mark)
  values ($1, $2, $3, $4, ${EXPIRES}, $6)
  on conflict (kind, owner, key) do update
    set text = excluded.text, expires_at = excluded.expires_at, mark = excluded.mark`

const LIST = `select text from notes
  where kind = $1 and owner = $2 and expires_at > now()
    and ($3::text[] is null or key = any($3::text[]))
  order by expires_at, key`

const EVICT = `delete from notes where kind = $1 and owner = $2 and key in (
  select key from (
    select key, row_number() over latest as place, sum(octet_length(text)) over latest as bytes
    from notes where kind = $1 and owner = $2
    window latest as (order by expires_at desc, key rows unbounded preceding)
  ) as ranked where place > $3 or bytes > ${MAX_NOTE_BYTES})`

/** Of all kinds and owners. */
export const EXPIRE = 'delete from notes where expires_at <= now()'
const EXPIRE_EVERY_MS = 60_000

/** The notes of a database, for one process. */
export class SharedNotes {
  readonly #database: Pick<Database, 'query'>
  readonly #maxNotes: number
  #expiredAt = Number.NEGATIVE_INFINITY

  /** @param maxNotes of one kind and owner */
  constructor(database: Pick<Database, 'query'>, maxNotes = MAX_NOTES) {
    this.#database = database
    this.#maxNotes = maxNotes
  }

  of(kind: NoteKind, owner: string): Notes {
    const place = [kind, hashOf(owner)]
    const query = (text: string, ...values: unknown[]) =>
      this.#database.query(text, [...place, ...values])
    const write = async (text: string, key: string, note: string, seconds: number) => {
      const rows = await query(text, hashOf(key), note, secondsOf(seconds), randomUUID())
      await query(EVICT, this.#maxNotes)
      await this.#expire()
      return rows
    }
    return {
      add: async (key, text, seconds) => (await write(ADD, key, text, seconds)).length > 0,
      async put(key, text, seconds) {
        await write(PUT, key, text, seconds)
      },
      async get(key) {
        const [row] = await query(LIST, [hashOf(key)])
        return row === undefined ? undefined : String(row.text)
      },
      async list(keys) {
        const rows = await query(LIST, keys?.map(hashOf) ?? null)
        return rows.map(({ text }) => String(text))
      },
      async remove(key) {
        await query('delete from notes where kind = $1 and owner = $2 and key = $3', hashOf(key))
      },
      async clear() {
        await query('delete from notes where kind = $1 and owner = $2')
      },
    }
  }

  async #expire(): Promise<void> {
    if (performance.now() - this.#expiredAt < EXPIRE_EVERY_MS) return
    this.#expiredAt = performance.now()
    await this.#database.query(EXPIRE)
  }
}
