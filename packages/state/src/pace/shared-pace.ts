/**
 * The clients of one token meet in the database: in one statement, each changes the agreed limit, keeps
 * its latest report in a row, and reads the rows of the others. Which clients are alive is told by the age of their reports, in
 * the database's time: a session's lease would be noticed later.
 */
import { createHmac, randomUUID } from 'node:crypto'
import type { OtherPace, PaceClients, PaceReport, PaceSharing } from '@chatlayer-tables/core'
import type { Database, Row } from '../database.ts'
import type { PaceGroup } from '../state.ts'

/** An older report is of a client that died, or is out of reach. Reports come every 1.9 s at least. */
const MAX_AGE = `interval '3 seconds'`
/** An older limit may not be true any more. It changes every five minutes at least while it is used. */
const MAX_LIMIT_AGE = `interval '10 minutes'`

/** Rows of clients that died and of tokens that are not used are removed by the next client that joins. */
const JOIN = `
  with clients as (
    delete from pace_reports where client in (
      select client from pace_reports where reported < clock_timestamp() - interval '1 minute'
      for update skip locked
    )
  ), limits as (
    delete from pace_limits where token_hash in (
      select token_hash from pace_limits where changed < clock_timestamp() - interval '1 day'
      for update skip locked
    )
  )
  select key from pace_key`

/**
 * The move is made once, also when the statement is repeated since its answer was lost. A limit that is
 * too old is none.
 */
const EXCHANGE = `
  with moved as (
    insert into pace_limits as at (token_hash, agreed, changed)
    select $2::bytea, $10::float8, clock_timestamp()
    where $7 and not exists (select 1 from pace_reports where client = $1 and serial = $3)
    on conflict (token_hash) do update set changed = excluded.changed, agreed = case
      when $11 then null
      when at.agreed is null or at.changed < excluded.changed - ${MAX_LIMIT_AGE} then $10::float8
      else at.agreed * $8::float8 + $9::float8
    end
    returning agreed
  ), own as (
    insert into pace_reports
      (client, token_hash, serial, own_limit, used, is_held_back, pause_ms, reported)
    values ($1::uuid, $2, $3::integer, $4::float8, $5::float8, $6, $12::float8, clock_timestamp())
    on conflict (client) do update set
      serial = excluded.serial, own_limit = excluded.own_limit, used = excluded.used,
      is_held_back = excluded.is_held_back, pause_ms = excluded.pause_ms,
      reported = excluded.reported
    returning number
  )
  select own.number as own,
    case when exists (select 1 from moved) then (select agreed from moved) else (
      select agreed from pace_limits
      where token_hash = $2 and changed > clock_timestamp() - ${MAX_LIMIT_AGE}
    ) end as agreed,
    other.number, own_limit, used, is_held_back, pause_ms,
    1000 * extract(epoch from clock_timestamp() - reported) as age_ms
  from own left join pace_reports as other
    on token_hash = $2 and client <> $1 and reported > clock_timestamp() - ${MAX_AGE}`

/** The groups of clients that share a limit now; a token is shown by the beginning of its hash. */
export const GROUPS = `
  select left(encode(token_hash, 'hex'), 8) as token, count(*)::int as clients, sum(used) as used,
    max(agreed) filter (where changed > clock_timestamp() - ${MAX_LIMIT_AGE}) as agreed
  from pace_reports left join pace_limits using (token_hash)
  where reported > clock_timestamp() - ${MAX_AGE}
  group by token_hash order by used desc`

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

  async exchange(report: PaceReport): Promise<PaceClients> {
    this.#tokenHash ??= await this.#join()
    const rows = await this.#database.query(EXCHANGE, [
      this.#client,
      this.#tokenHash,
      ...valuesOf(report),
    ])
    return {
      number: Number(rows[0]?.own),
      agreed: optional(rows[0]?.agreed),
      others: rows.filter(({ number }) => number !== null).map(otherOf),
    }
  }

  async leave(): Promise<void> {
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

/** The parameters of {@link EXCHANGE} from the third on. */
function valuesOf({ serial, limit, used, isHeldBack, move, pauseMs }: PaceReport): unknown[] {
  const { times, plus, first, forget } = move
  const isMove = times !== 1 || plus !== 0 || first !== undefined || forget
  return [serial, limit, used, isHeldBack, isMove, times, plus, first, forget, pauseMs]
}

function otherOf(row: Row): OtherPace {
  return {
    number: Number(row.number),
    limit: optional(row.own_limit),
    used: Number(row.used),
    isHeldBack: row.is_held_back === true,
    pauseMs: Number(row.pause_ms),
    ageMs: Number(row.age_ms),
  }
}

function optional(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}
