import type { BulkWrite, Outcome, StoredDifference, Value, Version } from '@chatlayer-tables/core'
import type { Context } from '../../context.ts'
import { EXIT, EXIT_BY_ERROR, type ExitCode } from '../../exit-codes.ts'
import { describeFailure, isLocalFailure } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatCount } from '../../output/progress.ts'
import { JsonList } from '../../output/record-output.ts'
import { cut } from '../../output/text-table.ts'
import { displayValue } from '../../output/values.ts'

export interface WriteWords {
  /** Such as `inserted`. */
  readonly done: string
  readonly table: string
  readonly version: Version
  /** Whether it is expected that the gateway stores some values differently from what is sent. */
  readonly acceptStored?: boolean
}

/** So many problems are told one by one. */
const TOLD = 10

/**
 * Carries a write out and tells how its rows ended: the ids of new records on stdout (with --json
 * every outcome), problems and the sums on stderr.
 */
export async function carryOut(
  context: Context,
  write: BulkWrite<unknown>,
  words: WriteWords,
): Promise<ExitCode> {
  const { out, messages, json } = context
  // Nobody reading the ids is no reason to leave rows unwritten.
  out.surviveClosing()
  const list = new JsonList(out)
  const counts = { ok: 0, rejected: 0, unknown: 0, unsent: 0, stored: 0 }
  const exits = new Set<ExitCode>()
  let thrown: { error: unknown } | undefined
  try {
    for await (const outcome of write) {
      // Ends the write, and is reported once as its reason.
      if (outcome.status !== 'ok' && isLocalFailure(outcome.error)) {
        counts.unsent++
        continue
      }
      counts[outcome.status]++
      if (json) await list.item(outcomeJson(outcome))
      if (outcome.status === 'ok' && outcome.stored !== undefined) {
        if (++counts.stored <= TOLD) await reportStored(context, outcome)
      }
      if (outcome.status !== 'ok') {
        exits.add(EXIT_BY_ERROR[outcome.error.code])
        if (counts.rejected + counts.unknown <= TOLD) await tellProblem(context, outcome)
      } else if (!json && outcome.change === 'inserted' && outcome.id !== undefined) {
        await out.write(`${outcome.id}\n`)
      }
    }
  } catch (error) {
    thrown = { error }
  }
  const problems = counts.rejected + counts.unknown
  if (problems > TOLD) await messages.say(`and ${formatCount(problems - TOLD)} more such rows`)
  if (counts.stored > TOLD) {
    await messages.say(`and ${formatCount(counts.stored - TOLD)} more rows stored differently`)
  }
  if (json) await list.end()
  if (thrown === undefined || counts.ok + problems + counts.unsent > 0) {
    await messages.note(summaryOf(counts, words))
  }
  if (thrown !== undefined) throw thrown.error
  if (counts.unknown > 0) return EXIT.unknown
  if (counts.rejected === 0) {
    return counts.stored > 0 && words.acceptStored !== true ? EXIT.storedOtherwise : EXIT.ok
  }
  // Rows that all failed alike say it as one failed request would.
  const [exit] = exits
  return counts.ok === 0 && exits.size === 1 && exit !== undefined ? exit : EXIT.rejected
}

function summaryOf(
  counts: Readonly<Record<Outcome['status'] | 'unsent' | 'stored', number>>,
  words: WriteWords,
): string {
  const parts = [`${words.done} ${countOf(counts.ok)} in "${words.table}" (${words.version})`]
  if (counts.rejected > 0) parts.push(`${formatCount(counts.rejected)} rejected`)
  if (counts.unknown > 0) parts.push(`${formatCount(counts.unknown)} unknown`)
  if (counts.stored > 0) parts.push(`${formatCount(counts.stored)} stored differently`)
  if (counts.unsent > 0) parts.push('the other rows were not sent')
  return parts.join(', ')
}

async function reportStored(
  { messages }: Context,
  { index, id, change, stored = [] }: Extract<Outcome<unknown>, { status: 'ok' }>,
): Promise<void> {
  const row = change === 'inserted' || id === undefined ? `row ${index + 1}` : `record ${id}`
  await messages.say(`${row}: ${stored.map(storedText).join('; ')}`)
}

function storedText({ column, sent, stored }: StoredDifference): string {
  const quoted = (value: Value) => (value === null ? 'null' : `"${cut(displayValue(value))}"`)
  return `column "${column}" was sent as ${quoted(sent)} and stored as ${quoted(stored)}`
}

async function tellProblem(
  { messages }: Context,
  { index, id, error }: Exclude<Outcome<unknown>, { status: 'ok' }>,
): Promise<void> {
  const failure = describeFailure(error)
  if (failure === undefined) return
  const row = id === undefined ? `row ${index + 1}` : `record ${id}`
  await messages.failure({ ...failure, message: `${row}: ${failure.message}` })
}

function outcomeJson(outcome: Outcome<unknown>): Record<string, unknown> {
  const { status, index, id } = outcome
  if (status === 'ok') {
    const { change, stored } = outcome
    return {
      ...{ index, status, change, ...(id !== undefined && { id }) },
      ...(stored !== undefined && { stored }),
    }
  }
  const { code, message, hint } = outcome.error
  return {
    index,
    status,
    ...(id !== undefined && { id }),
    error: { code, message, ...(hint !== undefined && { hint }) },
    ...(status === 'unknown' && { tried: outcome.tried }),
  }
}
