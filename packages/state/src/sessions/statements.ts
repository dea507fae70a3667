/**
 * The SQL of sessions and locks. All times are the database's.
 *
 * What is committed under a lock holds `for key share` of the row of its session. That excludes neither
 * other commits nor renewals, which change no key. It excludes the end of the session by another process,
 * which takes the row `for update`: that waits for the commits that have begun, and those that come after
 * find the session dead.
 */

/** What sessions left behind is deleted after this time. */
const KEEP = "interval '1 day'"

const NOW = 'clock_timestamp()'
const milliseconds = (place: string) => `${place}::float8 * interval '1 millisecond'`
const expires = (place: string) => `${NOW} + ${milliseconds(place)}`
const epoch = (time: string) => `(extract(epoch from ${time}) * 1000)::float8`

/** The clock of the database, in milliseconds since 1970. */
export const CLOCK = `select ${epoch(NOW)} as now`

/** host, program, principal, pid, length of the lease and patience in milliseconds */
export const BEGIN = `insert into sessions (host, program, principal, pid, expires, patience)
  values ($1, $2, $3, $4, ${expires('$5')}, ${milliseconds('$6')})
  returning id, ${epoch('begun')} as now`

/** Returns the number of sessions that were removed. */
export const PRUNE = `with
  old as (delete from sessions where expires < ${NOW} - ${KEEP} returning 1),
  free as (delete from locks
    where session is null and kind in ('calls', 'undos', 'tables') and taken < ${NOW} - ${KEEP})
  select count(*)::int as count from old`

/** session, length of the lease in milliseconds */
export const RENEW = `update sessions set renewed = ${NOW}, expires = ${expires('$2')}, suspected = null
  where id = $1 and not dead
  returning ${epoch('renewed')} as now`

/** session, kind, name, token. Repeating it with the same token does nothing more. */
export const TAKE = `with own as (select id from sessions where id = $1 and not dead for key share)
  insert into locks as held (kind, name, session, token)
    select $2, $3, own.id, $4 from own
  on conflict (kind, name) do update
    set session = excluded.session, token = excluded.token, taken = excluded.taken, last_commit = 0
    where held.session is null
      or (held.session = excluded.session and held.token = excluded.token)
      or exists (select 1 from sessions where sessions.id = held.session and sessions.dead)
  returning 1 as taken`

/** session, kind, name: who holds a lock that could not be taken, and whether our own session lives. */
export const HOLDER = `select
    exists (select 1 from sessions where id = $1 and not dead) as alive,
    (select json_build_object(
        'session', locks.session,
        'isLive', sessions.expires >= ${NOW},
        'isFree', sessions.id is null or sessions.dead)
      from locks left join sessions on sessions.id = locks.session
      where locks.kind = $2 and locks.name = $3) as holder`

/** kind, name */
export const IS_HELD = `select 1 as held from locks join sessions on sessions.id = locks.session
  where kind = $1 and name = $2 and not dead and expires >= ${NOW}`

/** kind, name */
export const HOLDER_FACTS = `select host, program, principal
  from locks join sessions on sessions.id = locks.session
  where kind = $1 and name = $2 and not dead`

/** kind */
export const FREE = `select 1 as free from locks left join sessions on sessions.id = locks.session
  where kind = $1 and (sessions.id is null or dead or expires < ${NOW}) limit 1`

/** kind */
export const NAMES = 'select name from locks where kind = $1 order by taken, name'

/** session, kind, name, token */
export const RELEASE = `update locks set session = null
  where session = $1 and kind = $2 and name = $3 and token = $4`

/** session, kind, name, token */
export const REMOVE = `delete from locks
  where session = $1 and kind = $2 and name = $3 and token = $4`

/**
 * session, time of grace in milliseconds: begins the wait for a renewal, and says for how long it still
 * lasts.
 */
export const SUSPECT = `update sessions set suspected = coalesce(suspected, ${NOW})
  where id = $1 and not dead and expires < ${NOW}
  returning case when expires < ${NOW} - patience then 0
    else greatest(0, $2::float8 - (${epoch(NOW)} - ${epoch('suspected')})) end as wait`

/** The same values: ends a session that was not renewed. */
export const END = `with over as (
    select id from sessions
    where id = $1 and not dead and expires < ${NOW}
      and (suspected <= ${NOW} - ${milliseconds('$2')} or expires < ${NOW} - patience)
    for update)
  update sessions set dead = true from over where sessions.id = over.id
  returning 1 as ended`

/** session, kind, name, token */
export const CHECK = `select 1 as held
  from locks join sessions on sessions.id = locks.session
  where locks.session = $1 and kind = $2 and locks.name = $3 and token = $4 and not dead
  for key share of sessions`

/** session, kind, name, token, number of the commit */
export const COMMIT = `with own as (select id from sessions where id = $1 and not dead for key share)
  update locks set last_commit = $5 from own
  where session = own.id and kind = $2 and name = $3 and token = $4
  returning 1 as held`

/**
 * session, kind, name, token: the number of the last commit. The one whose answer was lost may still be
 * made by the server; this waits for its end.
 */
export const LAST_COMMIT = `select last_commit from locks
  where session = $1 and kind = $2 and name = $3 and token = $4
  for no key update`

/** session: an orderly end, which frees its locks. */
export const CLOSE = 'delete from sessions where id = $1'

export const LIST = `select id, host, program, principal, pid, ${epoch('begun')} as begun,
    ${epoch('renewed')} as renewed, expires >= ${NOW} as is_live,
    (select count(*)::int from locks where locks.session = sessions.id) as locks
  from sessions where not dead order by begun, id`
