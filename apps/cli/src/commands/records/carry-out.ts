import type { Outcome, StoredDifference, Value, Version } from '@chatlayer-tables/core'
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
  /** Whether values that the gateway stores differently are accepted. */
  readonly acceptStored?: boolean
}

/** Number of problems reported one by one. */
const MAX_REPORTED = 10

/**
 * Runs a write and reports its outcomes: IDs of new records on stdout (with --json every outcome),
 * problems and totals on stderr.
 */
export async function carryOut(
  context: Context,
  write: AsyncIterable<Outcome<unknown>>,
  words: WriteWords,
): Promise<ExitCode> {
  const { out, messages, json } = context
  // Continue writing rows even if the reader of the IDs has closed stdout.
  out.surviveClosing()
  const list = new JsonList(out)
  const counts = { ok: 0, rejected: 0, unknown: 0, unsent: 0, stored: 0 }
  const exits = new Set<ExitCode>()
  let thrown: { error: unknown } | undefined
  try {
    for await (const outcome of write) {
      // This error ends the write, and is reported once at the end.
      if (outcome.status !== 'ok' && isLocalFailure(outcome.error)) {
        counts.unsent++
        continue
      }
      counts[outcome.status]++
      if (json) await list.item(outcomeJson(outcome))
      if (outcome.status === 'ok' && outcome.stored !== undefined) {
        if (++counts.stored <= MAX_REPORTED) await reportStored(context, outcome)
      }
      if (outcome.status !== 'ok') {
        exits.add(EXIT_BY_ERROR[outcome.error.code])
        if (counts.rejected + counts.unknown <= MAX_REPORTED) await reportProblem(context, outcome)
      } else if (!json && outcome.change === 'inserted' && outcome.id !== undefined) {
        await out.write(`${outcome.id}\n`)
      }
    }
  } catch (error) {
    thrown = { error }
  }
  const problems = counts.rejected + counts.unknown
  if (problems > MAX_REPORTED)
    await messages.say(`and ${formatCount(problems - MAX_REPORTED)} more such rows`)
  if (counts.stored > MAX_REPORTED) {
    await messages.say(
      `and ${formatCount(counts.stored - MAX_REPORTED)} more rows stored differently`,
    )
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
  // If all rows failed with the same error, use its exit code.
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

async function reportProblem(
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
