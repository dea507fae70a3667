import type { BulkWrite, ChatlayerError, Outcome } from '@chatlayer-tables/core'
import { type Problem, ToolFailure } from '../answer/failure.ts'
import { failureOf, messageOf } from './trouble.ts'

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
export async function collect(write: BulkWrite<unknown>, names: RowNames): Promise<WriteSummary> {
  const ok = new Map<number, string | undefined>()
  const problems: Problem[] = []
  const errors: ChatlayerError[] = []
  const take = (outcome: Outcome<unknown>): void => {
    if (outcome.status === 'ok') {
      ok.set(outcome.index, outcome.id)
      return
    }
    errors.push(outcome.error)
    problems.push(problemOf(outcome, names))
  }
  try {
    for await (const outcome of write) take(outcome)
  } catch (error) {
    if (ok.size === 0) throw error
    const { code, message, details } = failureOf(error)
    throw new ToolFailure(code, `Stopped after ${ok.size} records: ${message}`, {
      ...details,
      written_ids: [...ok.values()].filter((id) => id !== undefined),
      problems: problems.slice(0, MOST_PROBLEMS),
    })
  }
  problems.sort((a, b) => (a.row ?? 0) - (b.row ?? 0))
  const unknown = problems.filter(({ status }) => status === 'unknown').length
  const [first] = errors
  if (ok.size === 0 && unknown === 0 && first !== undefined) throw noneWritten(first, problems)
  return {
    ok,
    problems: problems.slice(0, MOST_PROBLEMS),
    notice: noticeOf(ok.size, problems.length),
    rejected: problems.length - unknown,
    unknown,
  }
}

function noticeOf(ok: number, problems: number): string | undefined {
  if (problems === 0) return undefined
  const cut = problems > MOST_PROBLEMS ? ` (the first ${MOST_PROBLEMS})` : ''
  return `${ok} of ${ok + problems} records were written; see problems for the others${cut}.`
}

function problemOf(outcome: Exclude<Outcome<unknown>, { status: 'ok' }>, names: RowNames): Problem {
  const { status, index, id, error } = outcome
  const reason = [messageOf(error), error.hint].filter((text) => text !== undefined).join(' ')
  const field = names.field(error, index)
  return {
    ...(names.byPlace ? { row: index } : {}),
    ...(id === undefined ? {} : { id }),
    status,
    reason,
    ...(field === undefined ? {} : { field }),
  }
}

function noneWritten(first: ChatlayerError, problems: readonly Problem[]): ToolFailure {
  const { code, message, details } = failureOf(first)
  const [problem, ...others] = problems
  return new ToolFailure(code, `Nothing was written: ${message}`, {
    ...details,
    field: problem?.field,
    problems: others.length > 0 ? problems.slice(0, MOST_PROBLEMS) : undefined,
  })
}
