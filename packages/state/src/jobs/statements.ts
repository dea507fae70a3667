/** The SQL of jobs. The first parameters name the job, and its part. */
import { JOBS } from '../migrations/0004-jobs.ts'

const NOW = 'clock_timestamp()'

/** Who holds the lock of the job `$1`. */
const HOLDER = `select sessions.host, sessions.principal
  from ${JOBS.locks} as locks join ${JOBS.sessions} as sessions on sessions.id = locks.session
  where locks.kind = 'jobs' and locks.name = $1`

const isHeld = (job: string) => `exists (
  select 1 from ${JOBS.locks} as locks
    join ${JOBS.sessions} as sessions on sessions.id = locks.session
  where locks.kind = 'jobs' and locks.name = ${job}
    and not sessions.dead and sessions.expires >= ${NOW})`

/** What processes left that ended before their job began. */
export const SWEEP = `delete from ${JOBS.jobs} as jobs
  where not begun and created < ${NOW} - interval '1 hour' and not ${isHeld('jobs.id')}`

/** job */
export const CREATE = `insert into ${JOBS.jobs} (id, host, principal) ${HOLDER.replace('select', 'select $1::text,')}`

/** job, format */
export const BEGIN = `update ${JOBS.jobs} set begun = true, format = $2 where id = $1`

/** job */
export const TAKE_OVER = `update ${JOBS.jobs} as jobs
  set version = version + 1, updated = ${NOW}, host = holder.host, principal = holder.principal
  from (${HOLDER}) as holder
  where id = $1 and begun
  returning format, version`

/** job, figures */
export const TOUCH = `update ${JOBS.jobs}
  set version = version + 1, updated = ${NOW}, figures = coalesce($2, figures)
  where id = $1 returning version`

/** the beginning of ids, or null */
export const LIST = `select jobs.id, format, done, host, principal, figures,
    facts.value as facts, report.value as report,
    greatest(0, extract(epoch from ${NOW} - updated) * 1000)::float8 as age,
    ${isHeld('jobs.id')} as running
  from ${JOBS.jobs} as jobs
    join ${JOBS.parts} as parts on parts.job = jobs.id and parts.part = ''
    join ${JOBS.facts} as facts on facts.part = parts.key and facts.name = 'facts'
    left join ${JOBS.facts} as report on report.part = parts.key and report.name = 'report'
  where begun and ($1::text is null or starts_with(jobs.id, $1))
  order by created desc, jobs.id`

const partOf = (job: string, part: string) =>
  `(select key from ${JOBS.parts} where job = ${job} and part = ${part})`
const PART = partOf('$1', '$2')

/** job, part */
export const PUT_PART = `insert into ${JOBS.parts} (job, part) values ($1, $2) on conflict do nothing`

/** job, part, name, value */
export const PUT_FACT = `insert into ${JOBS.facts} (part, name, value) values (${PART}, $3, $4)
  on conflict (part, name) do update set value = excluded.value`

/** job, part, numbers, states, ids, contents */
export const PUT_ROWS = `insert into ${JOBS.rows} (part, n, state, id, content)
  select ${PART}, * from unnest($3::bigint[], $4::smallint[], $5::bytea[], $6::bytea[])
  on conflict (part, n) do update
    set state = excluded.state, id = excluded.id, content = excluded.content`

/** job, part, numbers, details */
export const PUT_PROBLEMS = `insert into ${JOBS.problems} (part, n, detail)
  select ${PART}, * from unnest($3::bigint[], $4::text[])
  on conflict (part, n) do update set detail = excluded.detail`

/** job, part, ids, first rows, last rows, times */
export const PUT_MARKS = `insert into ${JOBS.marks} (part, id, first, through, records, dates)
  select ${PART}, * from unnest($3::integer[], $4::bigint[], $5::bigint[], $6::float8[], $7::float8[])`

/** job, part */
export const DELETE_MARKS = `delete from ${JOBS.marks} where part = ${PART}`

/** job, part */
export const REOPEN = `delete from ${JOBS.problems} as problems where part = ${PART}
  and not exists (select 1 from ${JOBS.rows} as rows
    where rows.part = problems.part and rows.n = problems.n)`

/** job, part, state */
export const DELETE_PROBLEMS_OF = `delete from ${JOBS.problems} as problems
  using ${JOBS.rows} as rows
  where rows.part = problems.part and rows.n = problems.n
    and problems.part = ${PART} and rows.state = $3`

/** job, part, state */
export const DELETE_ROWS_OF = `delete from ${JOBS.rows} where part = ${PART} and state = $3`

/** job, part, states whose problems stay */
export const DELETE_PROBLEMS_BUT = `delete from ${JOBS.problems} as problems where part = ${PART}
  and not exists (select 1 from ${JOBS.rows} as rows
    where rows.part = problems.part and rows.n = problems.n and rows.state = any ($3::smallint[]))`

/** job, part */
export const DELETE_ROWS = `delete from ${JOBS.rows} where part = ${PART}`
/** job, part */
export const DELETE_FILES = `delete from ${JOBS.files} where part = ${PART}`
/** job, part */
export const DELETE_PROBLEMS = `delete from ${JOBS.problems} where part = ${PART}`
/** job, part */
export const DELETE_PART = `delete from ${JOBS.parts} where job = $1 and part = $2`

const PARTS_BUT = `(select key from ${JOBS.parts} where job = $1 and part <> '')`
/** job: what its parts have, of which there is much. */
export const DELETE_PARTS = [
  `delete from ${JOBS.rows} where part in ${PARTS_BUT}`,
  `delete from ${JOBS.problems} where part in ${PARTS_BUT}`,
  `delete from ${JOBS.parts} where job = $1 and part <> ''`,
] as const

/** job */
export const SET_DONE = `update ${JOBS.jobs} set done = true where id = $1`

/** job */
export const DELETE_JOB = `delete from ${JOBS.jobs} where id = $1`

/** job, part, name: begins a file again. */
export const DELETE_FILE = `delete from ${JOBS.files} where part = ${PART} and name = $3`
/** job, part, name */
export const BEGIN_FILE = `insert into ${JOBS.files} (part, name) values (${PART}, $3)`

const FILE = `(select key from ${JOBS.files} where part = ${PART} and name = $3)`
/** job, part, name, number, bytes */
export const PUT_PIECE = `insert into ${JOBS.pieces} (file, n, bytes) values (${FILE}, $4, $5)`
/** job, part, name, size, hash */
export const END_FILE = `update ${JOBS.files} set size = $4, sha256 = $5 where part = ${PART} and name = $3`
/** job, part, name, number */
export const PIECE = `select bytes from ${JOBS.pieces} where file = ${FILE} and n = $4`

/** job */
export const FILES = `select parts.part, name, size::float8 as size, sha256
  from ${JOBS.files} as files join ${JOBS.parts} as parts on parts.key = files.part
  where job = $1 and sha256 is not null order by parts.part, name`

/** job: parts that have begun, with their facts. */
export const FACTS = `select parts.part, facts.name, facts.value
  from ${JOBS.parts} as parts join ${JOBS.facts} as facts on facts.part = parts.key
  where job = $1
    and exists (select 1 from ${JOBS.facts} as own where own.part = parts.key and own.name = 'facts')
  order by parts.part, facts.name`

/** job */
export const MARKS = `select parts.part, marks.id, first::float8 as first, through::float8 as through,
    records, dates
  from ${JOBS.marks} as marks join ${JOBS.parts} as parts on parts.key = marks.part
  where job = $1 order by parts.part, marks.id`

/** job, part, the last number before, how many */
export const ROWS = `select n::float8 as n, state, id, content from ${JOBS.rows}
  where part = ${PART} and n > $3 order by n limit $4`
/** job, part, the last number before, how many */
export const PROBLEMS = `select n::float8 as n, detail from ${JOBS.problems}
  where part = ${PART} and n > $3 order by n limit $4`
