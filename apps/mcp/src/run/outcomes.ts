import type { ChatlayerError, Outcome } from '@chatlayer-tables/core'
import { type Problem, ToolFailure } from '../answer/failure.ts'
import { clientFailure, failureOf, messageOf } from './trouble.ts'

/** An answer lists at most so many problems; hundreds of them have few causes. */
const MOST_PROBLEMS = 50

/** How the rows of a write ended. */
export interface WriteSummary {
  /** The ids of the rows that went well, by their place in the input; undefined where not known. */
  readonly ok: ReadonlyMap<number, string | undefined>
  /** The first of the others. */
  readonly problems: Problem[]
  /** What to say when there are problems. */
  readonly notice: string | undefined
  readonly rejected: number
  readonly unknown: number
}

/** How the rows of the write at hand are called in its arguments. */
export interface RowNames {
  /** The argument that holds the value at fault, from the place of the row and the client's name for it. */
  readonly field: (error: ChatlayerError, row: number) => string | undefined
  /** Whether rows are told by their place; else by their id. */
  readonly byPlace: boolean
}

/**
 * Carries a bulk write out. One that has to stop midway says which records were written by then.
 *
 * @throws ToolFailure when it had to stop, or when no row went well
 */
export async function collect(
  write: AsyncIterable<Outcome<unknown>>,
  names: RowNames,
  signal: AbortSignal,
): Promise<WriteSummary> {
  const ok = new Map<number, string | undefined>()
  const failed: Failed[] = []
  let stopped: { readonly by: unknown } | undefined
  try {
    for await (const outcome of write) {
      if (outcome.status === 'ok') ok.set(outcome.index, outcome.id)
      else failed.push(outcome)
    }
  } catch (error) {
    stopped = { by: error }
  }
  failed.sort((a, b) => a.index - b.index)
  const unknown = failed.filter(({ status }) => status === 'unknown').length
  const problems = failed.slice(0, MOST_PROBLEMS).map((outcome) => problemOf(outcome, names))
  const nothingWritten = ok.size === 0 && unknown === 0
  if (stopped !== undefined) {
    if (nothingWritten) throw stopped.by
    const { code, message, details } = failureOf(stopped.by, signal)
    throw new ToolFailure(code, `Stopped after ${ok.size} written: ${message}`, {
      ...details,
      ...(unknown > 0 ? { may_have_been_written: true } : {}),
      written_ids: [...ok.values()].filter((id) => id !== undefined),
      problems,
    })
  }
  const [first] = failed
  if (nothingWritten && first !== undefined) {
    const { code, message, details } = clientFailure(first.error)
    throw new ToolFailure(code, `Nothing was written: ${message}`, {
      ...details,
      field: names.field(first.error, first.index),
      ...(failed.length > 1 ? { problems } : {}),
    })
  }
  const notice = noticeOf({ ok: ok.size, failed: failed.length, unknown })
  return { ok, problems, notice, rejected: failed.length - unknown, unknown }
}

type Failed = Exclude<Outcome<unknown>, { status: 'ok' }>

function noticeOf(counts: Record<'ok' | 'failed' | 'unknown', number>): string | undefined {
  const { ok, failed, unknown } = counts
  if (failed === 0) return undefined
  const perhaps = unknown > 0 ? `, and ${unknown} perhaps` : ''
  const cut = failed > MOST_PROBLEMS ? ` (the first ${MOST_PROBLEMS})` : ''
  return `${ok} of ${ok + failed} records were written${perhaps}; see problems${cut}.`
}

function problemOf({ status, index, id, error }: Failed, names: RowNames): Problem {
  const field = names.field(error, index)
  return {
    ...(names.byPlace ? { row: index } : {}),
    ...(id === undefined ? {} : { id }),
    status,
    reason: [messageOf(error), error.hint].filter((text) => text !== undefined).join(' '),
    ...(field === undefined ? {} : { field }),
  }
}
