/** The calls of tools, by which a repeated one is recognised. */
import type { JournalStore, StoredCall, StoredSet } from '@chatlayer-tables/journal/store'
import { encodeOptional, encodeText } from '../encoding.ts'
import { JOURNAL } from '../migrations/0002-journal.ts'
import type { Query } from './find-changes.ts'
import { optionalText } from './rows.ts'

type NewCall = Parameters<JournalStore['beginCall']>[0]

export class StoredCalls {
  readonly #query: Query
  readonly #now: () => number

  constructor(query: Query, now: () => number) {
    this.#query = query
    this.#now = now
  }

  async last(digest: string, since: number): Promise<StoredCall | undefined> {
    const [row] = await this.#query(LAST, [encodeText(digest), since])
    if (row === undefined) return undefined
    return {
      number: Number(row.n),
      begun: Number(row.begun),
      token: optionalText(row.token),
      result: optionalText(row.result),
    }
  }

  async begin({ digest, token, continues, forgetBefore }: NewCall): Promise<number> {
    const given = encodeOptional(token)
    if (continues !== undefined) {
      await this.#query(CONTINUE, [this.#now(), given, continues])
      return continues
    }
    const [row] = await this.#query(BEGIN, [encodeText(digest), given, this.#now(), forgetBefore])
    return Number(row?.n)
  }

  async end(number: number, result: string | undefined): Promise<void> {
    await this.#query(END, [this.#now(), encodeOptional(result), number])
  }

  async isFollowed({ n, connection, table, version }: StoredSet, call: number): Promise<boolean> {
    const { origin, teamId, botId } = connection
    const place = [origin, teamId, botId, table.id, version].map(encodeText)
    return (await this.#query(FOLLOWED, [n, ...place, call])).length > 0
  }
}

const LAST = `
  select n, begun, token, result from ${JOURNAL.calls}
  where digest = $1 and coalesce(ended, begun) >= $2 order by n desc limit 1`

const CONTINUE = `
  update ${JOURNAL.calls} set ended = null, begun = $1, token = coalesce($2, token) where n = $3`

const BEGIN = `
  with forgotten as (delete from ${JOURNAL.calls} where begun < $4)
  insert into ${JOURNAL.calls} (digest, token, begun) values ($1, $2, $3) returning n`

const END = `update ${JOURNAL.calls} set ended = $1, result = $2 where n = $3`

const FOLLOWED = `
  select 1 from ${JOURNAL.sets}
  where n > $1 and origin = $2 and team = $3 and bot = $4 and table_id = $5 and version = $6
    and call is distinct from $7
    and begun >= (select coalesce(ended, begun) from ${JOURNAL.calls} where n = $7)
  limit 1`
