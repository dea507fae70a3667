import type { ChatlayerError, Outcome, Preview } from '@chatlayer-tables/core'
import type { CallContext } from '../call/context.ts'
import { fieldOf, fromClientError, toToolError } from '../call/errors.ts'
import { reasonOf } from '../policy/redact.ts'
import { cutToTokens, fitItems } from '../result/budget.ts'
import { type Problem, ToolError } from '../result/tool-error.ts'
import { joined } from './preview.ts'

/** An answer lists at most so many problems; hundreds of them have few causes. */
const MAX_PROBLEMS = 50

/** How the rows of a write ended. */
export interface WriteSummary {
  /** The rows that went well, by their place in the input. */
  readonly ok: ReadonlyMap<number, Written>
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

/** What of a call a write needs while it is under way. */
interface WriteContext extends Pick<CallContext, 'signal' | 'request' | 'log'> {
  readonly catalog: Pick<CallContext['catalog'], 'hiddenNames'>
}

/**
 * Carries a bulk write out. One that has to stop midway says which records were written by then.
 *
 * @throws ToolError when it had to stop, or when no row went well
 */
export async function collect(
  write: AsyncIterable<Outcome<unknown>>,
  names: RowNames,
  { signal, request, catalog, log }: WriteContext,
  total: number,
): Promise<WriteSummary> {
  const ok = new Map<number, Written>()
  const failed: Failed[] = []
  let stopped: { readonly by: unknown } | undefined
  try {
    for await (const outcome of write) {
      if (outcome.status === 'ok') ok.set(outcome.index, outcome)
      else failed.push(outcome)
      await request.progress?.(ok.size + failed.length, total, `${ok.size} of ${total} written`)
    }
  } catch (error) {
    stopped = { by: error }
  }
  failed.sort((a, b) => a.index - b.index)
  const altered = [...ok.values()].filter(({ stored }) => stored !== undefined)
  const unknown = failed.filter(({ status }) => status === 'unknown').length
  const listed = [
    ...failed.map((outcome) => problemOf(outcome, names, catalog.hiddenNames)),
    ...altered.map((outcome) => storedProblem(outcome, names)),
  ]
  const problems = fitProblems(listed.slice(0, MAX_PROBLEMS))
  const nothingWritten = ok.size === 0 && unknown === 0
  if (stopped !== undefined) {
    if (nothingWritten) throw stopped.by
    const { code, message, details } = toToolError(stopped.by, signal)
    const landed = `Stopped after ${ok.size} of ${total} written`
    // A call that was cancelled is not answered: this is where it can be read what had landed.
    log.warn(`${landed}, ${unknown} perhaps (${code})`)
    await request.progress?.(ok.size + failed.length, total, landed)
    throw new ToolError(
      code,
      `${landed}: ${message}`,
      {
        ...details,
        ...(unknown > 0 ? { may_have_been_written: true } : {}),
        written_ids: [...ok.values()].flatMap(({ id }) => id ?? []),
        problems,
      },
      true,
    )
  }
  const [first] = failed
  if (nothingWritten && first !== undefined) {
    const { code, message, details } = fromClientError(first.error)
    const more = {
      ...details,
      field: names.field(first.error, first.index),
      ...(failed.length > 1 ? { problems } : {}),
    }
    throw new ToolError(code, `Nothing was written: ${message}`, more, true)
  }
  const notice = joined(
    noticeOf({ ok: ok.size, failed: failed.length, unknown, told: problems.length }),
    storedNotice(altered.length),
  )
  return { ok, problems, notice, rejected: failed.length - unknown, unknown }
}

type Failed = Exclude<Outcome<unknown>, { status: 'ok' }>
type Written = Extract<Outcome<unknown>, { status: 'ok' }>

/** What problems take of an answer at most; hundreds of them have few causes. */
const PROBLEM_TOKENS = 1_500
const REASON_TOKENS = 150

export function fitProblems(problems: readonly Problem[]): Problem[] {
  const short = problems.map(({ reason, ...rest }) => ({
    ...rest,
    reason: cutToTokens(reason, REASON_TOKENS),
  }))
  return [...fitItems(short, PROBLEM_TOKENS).items]
}

/** The client's `values.phone` is the argument `records[3].phone` of tools that take rows. */
export function fieldOfRow(error: ChatlayerError, row: number): string | undefined {
  return fieldOf(error)?.replace(/^values/, `records[${row}]`)
}

function noticeOf(
  counts: Record<'ok' | 'failed' | 'unknown' | 'told', number>,
): string | undefined {
  const { ok, failed, unknown, told } = counts
  if (failed === 0) return undefined
  const perhaps = unknown > 0 ? `, and ${unknown} perhaps` : ''
  const cut = failed > told ? ` (the first ${told})` : ''
  return `${ok} of ${ok + failed} records were written${perhaps}; see problems${cut}.`
}

function storedNotice(records: number): string | undefined {
  if (records === 0) return undefined
  const what = records === 1 ? '1 record holds a value' : `${records} records hold values`
  return `${what} that the gateway stored otherwise than sent; see problems.`
}

/** A record that was written, but not as it was sent. Its values may be masked, so they are not shown. */
function storedProblem({ index, id, stored = [] }: Written, { byPlace }: RowNames): Problem {
  const columns = stored.map(({ column }) => JSON.stringify(column)).join(', ')
  return {
    ...(byPlace ? { row: index } : {}),
    ...(id === undefined ? {} : { id }),
    status: 'stored',
    reason: `Written, but the gateway stored other values than were sent in ${columns}. Read the record.`,
  }
}

/** The rows that a preview of an upsert found to be rejected. */
export function rejectedProblems(
  { rejected }: Preview,
  { catalog }: Pick<CallContext, 'catalog'>,
): Problem[] {
  const names = { byPlace: true, field: fieldOfRow }
  const problems = rejected
    .slice(0, MAX_PROBLEMS)
    .map(({ index, error }) =>
      problemOf({ status: 'rejected', index, id: undefined, error }, names, catalog.hiddenNames),
    )
  return fitProblems(problems)
}

export function problemOf(
  { status, index, id, error }: Pick<Failed, 'status' | 'index' | 'id' | 'error'>,
  names: RowNames,
  hidden: readonly string[],
): Problem {
  const field = names.field(error, index)
  return {
    ...(names.byPlace ? { row: index } : {}),
    ...(id === undefined ? {} : { id }),
    status,
    reason: reasonOf(error, hidden),
    ...(field === undefined ? {} : { field }),
  }
}
