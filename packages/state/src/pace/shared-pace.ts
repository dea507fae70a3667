/**
 * The clients of one token meet in the database: each keeps its latest report in a row, and reads the
 * rows of the others, in one statement. Which clients are alive is told by the age of their reports, in
 * the database's time: a session's lease would be noticed later.
 */
import { createHmac, randomUUID } from 'node:crypto'
import type { OtherPace, PaceClients, PaceReport, PaceSharing } from '@chatlayer-tables/core'
import type { Database, Row } from '../database.ts'
import type { PaceGroup } from '../state.ts'

/** An older report is of a client that died, or is out of reach. Reports come every 1.9 s at least. */
const MAX_AGE = `interval '3 seconds'`

/** Rows of clients that died are removed by the next one that joins. */
const JOIN = `
  with removed as (
    delete from pace_reports where client in (
      select client from pace_reports where reported < clock_timestamp() - interval '1 minute'
      for update skip locked
    )
  )
  select key from pace_key`

const EXCHANGE = `
  with own as (
    insert into pace_reports (client, token_hash, believed, used, is_held_back, pause_ms, reported)
    values ($1, $2, $3, $4, $5, $6, clock_timestamp())
    on conflict (client) do update set
      believed = excluded.believed, used = excluded.used, is_held_back = excluded.is_held_back,
      pause_ms = excluded.pause_ms, reported = excluded.reported
    returning number
  )
  select own.number as own, other.number, believed, used, is_held_back, pause_ms,
    1000 * extract(epoch from clock_timestamp() - reported) as age_ms
  from own left join pace_reports as other
    on token_hash = $2 and client <> $1 and reported > clock_timestamp() - ${MAX_AGE}`

const LEAVE = 'delete from pace_reports where client = $1'

/** One client among those of a token. */
export class SharedPace implements PaceSharing {
  readonly #database: Pick<Database, 'query'>
  readonly #group: PaceGroup
  readonly #client = randomUUID()
  #tokenHash: Buffer | undefined

  constructor(database: Pick<Database, 'query'>, group: PaceGroup) {
    this.#database = database
    this.#group = group
  }

  async exchange({ limit, used, isHeldBack, pauseMs }: PaceReport): Promise<PaceClients> {
    this.#tokenHash ??= await this.#join()
    const values = [this.#client, this.#tokenHash, limit, used, isHeldBack, pauseMs]
    const rows = await this.#database.query(EXCHANGE, values)
    return {
      number: Number(rows[0]?.own),
      others: rows.filter(({ number }) => number !== null).map(otherOf),
    }
  }

  async leave(): Promise<void> {
    this.#tokenHash = undefined
    await this.#database.query(LEAVE, [this.#client])
  }

  async #join(): Promise<Buffer> {
    const [row] = await this.#database.query(JOIN)
    const { origin, token } = this.#group
    const hash = createHmac('sha256', row?.key as Buffer)
    return hash
      .update(JSON.stringify([origin, token]))
      .digest()
      .subarray(0, 16)
  }
}

function otherOf(row: Row): OtherPace {
  return {
    number: Number(row.number),
    limit: row.believed === null ? undefined : Number(row.believed),
    used: Number(row.used),
    isHeldBack: row.is_held_back === true,
    pauseMs: Number(row.pause_ms),
    ageMs: Number(row.age_ms),
  }
}
