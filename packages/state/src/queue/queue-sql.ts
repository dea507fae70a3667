/** Reads pg-boss's jobs together with what our workers keep of them. */
import type { Row } from '../database.ts'
import { APPLIES, QUEUE_SCHEMA } from './boss.ts'
import type { OrderData, QueuedJob, QueueStatus } from './queue-types.ts'

const JOBS = `${QUEUE_SCHEMA}.job`

/** A time as milliseconds since 1970, which JavaScript has exactly. */
function millis(expression: string): string {
  return `floor(extract(epoch from ${expression}) * 1000)::float8`
}

const SELECT = `
  select j.id, j.state, j.priority, j.data, j.output,
    ${millis('j.created_on')} as queued_at,
    case when j.start_after > clock_timestamp() then ${millis('j.start_after')} end as not_before,
    ${millis('j.started_on')} as started_at,
    ${millis('j.completed_on')} as ended_at,
    r.host, r.pid, r.failures, r.lost, r.reason, r.transfer_job, r.progress,
    ${millis('r.updated_at')} as updated_at
  from ${JOBS} j left join queue_runs r on r.job = j.id
  where j.name = '${APPLIES}'`

/** Newest first. @param $1 how many at most */
export const LIST = `${SELECT} order by j.created_on desc, j.id limit $1`

/** @param $1 an id, or the beginning of one. Three are enough to see that it is ambiguous. */
export const FIND = `${SELECT} and j.id::text like $1 || '%' order by j.id limit 3`

/** Whether an attempt still has its claim; taken for the transaction. @param $1 id @param $2 attempt */
export const HOLD = `
  select 1 from ${JOBS}
  where name = '${APPLIES}' and id = $1 and retry_count = $2 and state = 'active' for update`

/** The claims that are still held. @param $1 ids @param $2 their attempts */
export const HELD = `
  select j.id from ${JOBS} j
  join unnest($1::uuid[], $2::int[]) as c (id, attempt) on c.id = j.id and c.attempt = j.retry_count
  where j.name = '${APPLIES}' and j.state = 'active'`

/** Whether a later order of the same schedule waits. @param $1 schedule @param $2 id */
export const LATER_OF_SCHEDULE = `
  select 1 from ${JOBS} j join ${JOBS} own on own.id = $2
  where j.name = '${APPLIES}' and j.state in ('created', 'retry')
    and j.data->>'schedule' = $1 and j.id <> own.id and j.created_on > own.created_on
  limit 1`

/** @param $1 id @param $2 attempt @param $3 host @param $4 pid */
export const BEGIN_RUN = `
  insert into queue_runs as r (job, attempt, host, pid) values ($1, $2, $3, $4)
  on conflict (job) do update set
    lost = r.lost + case when r.settled or r.attempt = excluded.attempt then 0 else 1 end,
    attempt = excluded.attempt, settled = false,
    host = excluded.host, pid = excluded.pid,
    begun_at = clock_timestamp(), updated_at = clock_timestamp()
  returning failures, lost`

/** @param $1 id @param $2 attempt @param $3 whether it counts as a failure @param $4 reason */
export const SETTLE_RUN = `
  update queue_runs set settled = true, failures = failures + case when $3 then 1 else 0 end,
    reason = $4, updated_at = clock_timestamp()
  where job = $1 and attempt = $2
  returning failures`

/** @param $1 id @param $2 attempt @param $3 progress @param $4 the id of the transfer job @param $5 lines */
export const KEEP_PROGRESS = `
  update queue_runs set updated_at = clock_timestamp(), progress = coalesce($3::jsonb, progress),
    transfer_job = coalesce($4, transfer_job), lines = lines + $5
  where job = $1 and attempt = $2
  returning lines`

/** @param $1 id @param $2 the number of the first @param $3 texts */
export const ADD_LINES = `
  insert into queue_lines (job, number, text)
  select $1, $2 + number - 1, text from unnest($3::text[]) with ordinality as t (text, number)
  on conflict do nothing`

/** @param $1 id @param $2 the first number that stays */
export const TRIM_LINES = `delete from queue_lines where job = $1 and number < $2`

/** @param $1 id @param $2 only later ones @param $3 how many of the last */
export const READ_LINES = `
  select * from (
    select number::float8 as number, ${millis('at')} as at, text from queue_lines
    where job = $1 and number > $2 order by queue_lines.number desc limit $3
  ) last order by number`

/** @param $1 digest @param $2 content */
export const KEEP_FILE = `
  insert into queue_files (digest, content) values ($1, $2)
  on conflict (digest) do update set used_at = clock_timestamp()`

/** @param $1 digests */
export const READ_FILES = `select digest, content from queue_files where digest = any($1)`

const OF_A_JOB = (column: string): string =>
  `exists (select 1 from ${JOBS} j where j.name = '${APPLIES}' and j.id = ${column})`

const NAMES_FILE = (table: string): string =>
  `exists (select 1 from ${QUEUE_SCHEMA}.${table} u where u.name = '${APPLIES}'
    and u.data->'files' @> jsonb_build_array(jsonb_build_object('digest', f.digest)))`

/** What no order names any more. Files that were stored lately may belong to an order that is about to be. */
export const PRUNE: readonly string[] = [
  `delete from queue_lines where not ${OF_A_JOB('queue_lines.job')}`,
  `delete from queue_runs where not ${OF_A_JOB('queue_runs.job')}`,
  `delete from queue_files f where f.used_at < clock_timestamp() - interval '1 hour'
    and not ${NAMES_FILE('job')} and not ${NAMES_FILE('schedule')}`,
]

export const COUNT = `
  select j.state, j.output->>'end' as result, count(*)::float8 as count,
    coalesce(max(extract(epoch from clock_timestamp() - greatest(j.created_on, j.start_after)))
      filter (where j.state in ('created', 'retry') and j.start_after <= clock_timestamp()), 0)::float8
      as oldest
  from ${JOBS} j where j.name = '${APPLIES}' group by 1, 2`

export const COUNT_SCHEDULES = `
  select count(*)::float8 as count from ${QUEUE_SCHEMA}.schedule where name = '${APPLIES}'`

export function statusOf(state: unknown, end: unknown): QueueStatus {
  switch (state) {
    case 'created':
      return 'queued'
    case 'retry':
      return 'retrying'
    case 'active':
      return 'running'
    case 'cancelled':
      return 'cancelled'
    case 'completed':
      return end === 'failed' || end === 'skipped' ? end : 'done'
    default:
      return 'failed'
  }
}

export function jobOf(row: Row): QueuedJob {
  const data = row.data as OrderData
  const output = row.output as { end?: string; reason?: string; result?: unknown } | null
  const status = statusOf(row.state, output?.end)
  const isOver = status === 'done' || status === 'failed' || status === 'skipped'
  return {
    ...data,
    id: String(row.id),
    status,
    priority: Number(row.priority),
    queuedAt: Number(row.queued_at),
    notBefore: optionalNumber(row.not_before),
    startedAt: optionalNumber(row.started_at),
    endedAt: optionalNumber(row.ended_at),
    worker: row.host === null ? undefined : { host: String(row.host), pid: Number(row.pid) },
    failures: Number(row.failures ?? 0),
    lost: Number(row.lost ?? 0),
    reason: (isOver ? output?.reason : undefined) ?? optionalText(row.reason),
    result: isOver ? output?.result : undefined,
    job: optionalText(row.transfer_job),
    progress: row.progress ?? undefined,
    updatedAt: optionalNumber(row.updated_at),
  }
}

function optionalNumber(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}

function optionalText(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}
