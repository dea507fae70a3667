/** Carries out a commit: locks what other commits may change too, reads what it depends on, writes. */
import { createHash } from 'node:crypto'
import { kindCode, type StoreWrite, stateCode, type Target } from '@chatlayer-tables/journal/store'
import type { Run } from '../database.ts'
import { encodeId, encodeOptional, encodeText } from '../encoding.ts'
import { JOURNAL } from '../migrations/0002-journal.ts'
import { pieces } from '../pieces.ts'
import {
  type Facts,
  loadFacts,
  makerKey,
  type Needs,
  needsOf,
  noFacts,
  targetOfRow,
} from './commit-facts.ts'
import {
  type AddedChange,
  type ChangeUpdate,
  CommitPlan,
  type NewId,
  type SetUpdate,
} from './commit-plan.ts'

/** The first half of the keys of advisory locks: tables, and the numbers of new sets. */
const TABLE_LOCK = 0x63_6c_74_01
export const NUMBERS_LOCK = 0x63_6c_74_02

export interface CommitWay {
  /**
   * Whether to read first what the writes depend on. Mostly nothing is found, and it suffices to look for
   * it while they are done.
   */
  readonly isCareful: boolean
  /** Outcomes of an earlier commit of which it is not known whether it was done. */
  readonly repeated: Pick<WeakSet<StoreWrite>, 'has'>
}

/** A record that a commit says it inserted was inserted by another change: it must be done with care. */
export class InsertedBefore extends Error {}

/**
 * Does the writes within a transaction. Whatever two commits do, they lock in the same order: tables, then
 * sets by their number, then changes of these sets.
 *
 * Commits of one table that say which record a change inserted, or that undo changes, wait for each other:
 * a record is inserted by one change alone. The lock is a statement of its own, the first one, since a
 * statement does not see what was committed after its begin.
 *
 * @throws InsertedBefore if it was not careful and should have been
 */
export async function commitWrites(
  writes: readonly StoreWrite[],
  { isCareful, repeated }: CommitWay,
  run: Run,
): Promise<void> {
  const needs = needsOf(writes, repeated)
  if (isCareful || needs.links.size > 0) {
    const found = await lockedFacts(needs, run)
    const rest = writes.filter((write) => !repeated.has(write) || !isDone(write, found))
    await Promise.all(send(new CommitPlan(rest, found), run))
    return
  }
  const lock = lockTables(needs.targets, run)
  const facts = loadFacts(needs, run)
  await Promise.all([lock, facts, ...send(new CommitPlan(writes, noFacts()), run)])
  if ((await facts).makers.size > 0) throw new InsertedBefore()
}

/** Whether an outcome was stored before: all others of its commit were, too. */
function isDone(write: StoreWrite, { links }: Facts): boolean {
  if (write.do !== 'end change') return false
  return links.get(write.change.n)?.state !== stateCode(write.was)
}

/** Sends the statements of a plan, together. */
function send(plan: CommitPlan, run: Run): Promise<unknown>[] {
  const { added, updated, sets, renamed, altered } = plan
  const sent: Promise<unknown>[] = []
  for (const piece of pieces(added.values(), lengthOf)) sent.push(run(ADD, valuesOfAdded(piece)))
  // The first one locks and updates the sets of all.
  let rest = sets
  for (const piece of pieces(updated, ([, update]) => lengthOf(update))) {
    sent.push(run(UPDATE, [...valuesOfUpdated(piece), ...valuesOfSets(rest)]))
    rest = new Map()
  }
  if (rest.size > 0) sent.push(run(UPDATE, [...valuesOfUpdated([]), ...valuesOfSets(rest)]))
  if (renamed.size > 0) sent.push(run(RENAME, valuesOfRenamed([...renamed.values()])))
  if (altered.size > 0) sent.push(run(ALTER, valuesOfAltered(altered)))
  return sent
}

function lengthOf({ stored, ...rest }: ChangeUpdate | AddedChange): number {
  const added = 'change' in rest ? [rest.before, rest.after] : []
  return [...added, stored?.after, stored?.sent].reduce((sum, text) => sum + (text?.length ?? 0), 0)
}

async function lockedFacts(needs: Needs, run: Run): Promise<Facts> {
  const named = needs.namedIn.size === 0 ? [] : await run(TARGETS, [[...needs.namedIn]])
  const lock = lockTables([...needs.targets, ...named.map(targetOfRow)], run)
  const [, facts] = await Promise.all([lock, loadFacts(needs, run)])
  return facts
}

async function lockTables(targets: readonly Target[], run: Run): Promise<void> {
  if (targets.length > 0) await run(LOCK, [[...new Set(targets.map(lockKey))]])
}

function lockKey(target: Target): number {
  return createHash('sha256').update(makerKey('', target)).digest().readInt32BE()
}

function valuesOfAdded(added: readonly AddedChange[]): unknown[] {
  const column = (of: (each: AddedChange) => unknown) => added.map(of)
  return [
    column(({ change }) => change.n),
    column(({ change }) => kindCode(change.kind)),
    column(({ outcome }) => stateCode(outcome?.state ?? 'open')),
    column(({ change, record }) => optionalId(record === undefined ? change.id : record.id)),
    column(({ before }) => before),
    column(({ after, stored }) => stored?.after ?? after),
    column(({ hidden, stored }) => (stored === undefined ? hidden : stored.hidden)),
    column(({ change }) => change.at),
    column(({ change }) => change.reverses),
    column(({ change }) => change.moment?.records),
    column(({ change }) => change.moment?.dates),
    column(({ change }) => change.row),
    column(({ record }) => optionalBytes(record?.content)),
    column(({ outcome }) => outcome?.ended),
    column(({ outcome }) => encodeOptional(outcome?.problem)),
    column(({ undone }) => undone?.by),
    column(({ stored }) => stored?.sent),
  ]
}

function valuesOfUpdated(entries: readonly (readonly [number, ChangeUpdate])[]): unknown[] {
  const column = (of: (each: ChangeUpdate) => unknown) => entries.map(([, each]) => of(each))
  return [
    entries.map(([n]) => n),
    column(({ outcome, record, stored, undone }) =>
      [outcome, record, stored, undone].reduce((bits, of, at) => bits | (of ? 1 << at : 0), 0),
    ),
    column(({ outcome }) => outcome && stateCode(outcome.state)),
    column(({ outcome }) => outcome?.ended),
    column(({ outcome }) => encodeOptional(outcome?.problem)),
    column(({ record }) => optionalId(record?.id)),
    column(({ record }) => optionalBytes(record?.content)),
    column(({ stored }) => stored?.after),
    column(({ stored }) => stored?.hidden),
    column(({ stored }) => stored?.sent),
    column(({ undone }) => undone?.by),
  ]
}

const COUNTERS = ['total', 'inserted', 'updated', 'deleted', 'rejected', 'unknown', 'elsewhere']
  .concat(['retriable', 'undone', 'bytes'])
  .map((name) => name as NameOfCounter)
type NameOfCounter = Parameters<SetUpdate['counters']['get']>[0]

function valuesOfSets(sets: ReadonlyMap<number, SetUpdate>): unknown[] {
  const entries = [...sets]
  const column = (of: (each: SetUpdate) => unknown) => entries.map(([, each]) => of(each))
  return [
    entries.map(([n]) => n),
    column(({ writer }) => encodeOptional(writer)),
    column(({ ended }) => ended !== undefined),
    column(({ ended }) => ended?.at),
    ...COUNTERS.map((name) => column(({ counters }) => counters.get(name) ?? 0)),
  ]
}

function valuesOfRenamed(renamed: readonly NewId[]): unknown[] {
  return [
    renamed.map(({ set }) => set),
    renamed.map(({ old }) => encodeId(old)),
    renamed.map(({ id }) => encodeId(id)),
  ]
}

function valuesOfAltered(altered: ReadonlyMap<number, ReadonlySet<string>>): unknown[] {
  const entries = [...altered].flatMap(([set, columns]) =>
    [...columns].map((column) => ({ set, column })),
  )
  return [entries.map(({ set }) => set), entries.map(({ column }) => encodeText(column))]
}

function optionalId(id: string | undefined): Buffer | null {
  return id === undefined ? null : encodeId(id)
}

function optionalBytes(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes)
}

const TARGETS = `
  select distinct origin, team, bot, table_id from ${JOURNAL.sets} where n = any($1::bigint[])`

const LOCK = `
  select pg_advisory_xact_lock(${TABLE_LOCK}, key)
  from (select key from unnest($1::int[]) as keys (key) order by key) as ordered`

const ADD = `
  insert into ${JOURNAL.changes} (n, kind, state, record, before, after, hidden, at, reverses,
    moment_records, moment_dates, "row", content, ended, problem, undone_by, sent)
  select * from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bytea[], $5::text[],
    $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],
    $13::bytea[], $14::bigint[], $15::text[], $16::bigint[], $17::text[])`

/** The bits of `sets` are those of the parts of a {@link ChangeUpdate}, in their order. */
const UPDATE = `
  with locked as materialized (
    select n from ${JOURNAL.sets} where n = any($12::bigint[]) order by n for update
  ), changed as (
    update ${JOURNAL.changes} changes set
      state = case when sets & 1 > 0 then given.state else changes.state end,
      ended = case when sets & 1 > 0 then given.ended else changes.ended end,
      problem = case when sets & 1 > 0 then given.problem else changes.problem end,
      record = case when sets & 2 > 0 then given.record else changes.record end,
      content = case when sets & 2 > 0 then given.content else changes.content end,
      after = case when sets & 4 > 0 then given.after else changes.after end,
      hidden = case when sets & 4 > 0 then given.hidden else changes.hidden end,
      sent = case when sets & 4 > 0 then given.sent else changes.sent end,
      undone_by = case when sets & 8 > 0 then given.undone_by else changes.undone_by end
    from unnest($1::bigint[], $2::int[], $3::smallint[], $4::bigint[], $5::text[], $6::bytea[],
        $7::bytea[], $8::text[], $9::text[], $10::text[], $11::bigint[])
      as given (n, sets, state, ended, problem, record, content, after, hidden, sent, undone_by)
    where changes.n = given.n and (select count(*) from locked) >= 0
  )
  update ${JOURNAL.sets} sets set
    writer = coalesce(given.writer, sets.writer),
    ended = case when given.sets_ended then given.ended else sets.ended end,
    ${COUNTERS.map((name) => `${name} = sets.${name} + given.${name}`).join(', ')}
  from unnest($12::bigint[], $13::text[], $14::bool[], $15::bigint[],
      ${COUNTERS.map((_, at) => `$${16 + at}::bigint[]`).join(', ')})
    as given (n, writer, sets_ended, ended, ${COUNTERS.join(', ')})
  where sets.n = given.n and (select count(*) from locked) >= 0`

const RENAME = `
  insert into ${JOURNAL.renamed} (set_n, old, new)
  select * from unnest($1::bigint[], $2::bytea[], $3::bytea[])
  on conflict (old, set_n) do update set new = excluded.new`

const ALTER = `
  insert into ${JOURNAL.altered} (set_n, column_name)
  select * from unnest($1::bigint[], $2::text[]) on conflict do nothing`
