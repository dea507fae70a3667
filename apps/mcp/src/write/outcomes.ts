import type { ChatlayerError, Outcome, Preview } from '@chatlayer-tables/core'
import type { CallContext } from '../call/context.ts'
import { fieldOf, fromClientError, toToolError } from '../call/errors.ts'
import { reasonOf } from '../policy/redact.ts'
import { fitProblems, MAX_PROBLEMS } from '../result/problems.ts'
import { joinSentences } from '../result/sentences.ts'
import { type Problem, ToolError } from '../result/tool-error.ts'

/** The outcomes of the rows of a write. */
export interface WriteSummary {
  /** The written rows, by their position in the input. */
  readonly ok: ReadonlyMap<number, Written>
  /** The first of the other rows. */
  readonly problems: Problem[]
  /** A sentence about the problems; undefined without any. */
  readonly notice: string | undefined
  readonly rejected: number
  readonly unknown: number
}

/** How problems refer to the rows of a write. */
export interface RowNames {
  /** The argument with the invalid value. */
  readonly field: (error: ChatlayerError, row: number) => string | undefined
  /** Whether problems name the row's position in the input; otherwise its id. */
  readonly byPlace: boolean
}

/** The parts of a call that a write in progress needs. */
interface WriteContext extends Pick<CallContext, 'signal' | 'request' | 'log'> {
  readonly catalog: Pick<CallContext['catalog'], 'hiddenNames'>
}

/**
 * Executes a bulk write. If it stops midway, the error lists the records written until then.
 *
 * @throws ToolError if the write stopped, or if no row was written
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
  const problems = fitProblems([
    ...failed.map((outcome) => problemOf(outcome, names, catalog.hiddenNames)),
    ...altered.map((outcome) => storedProblem(outcome, names)),
  ])
  const nothingWritten = ok.size === 0 && unknown === 0
  if (stopped !== undefined) {
    if (nothingWritten) throw stopped.by
    const progress = `Stopped after writing ${ok.size} of ${total} records`
    const { code, message, details } = toToolError(stopped.by, signal)
    // A cancelled call gets no response: only the log and the progress state what was written.
    log.warn(`${progress}, ${unknown} unknown (${code})`)
    await request.progress?.(ok.size + failed.length, total, progress)
    const written_ids = [...ok.values()].flatMap(({ id }) => id ?? [])
    const uncertain = unknown > 0 ? { may_have_been_written: true as const } : {}
    const more = { ...details, ...uncertain, written_ids, problems }
    throw new ToolError(code, `${progress}: ${message}`, more, true)
  }
  const [first] = failed
  if (nothingWritten && first !== undefined) {
    throw nothingWrittenError(first, names, failed.length > 1 ? { problems } : {})
  }
  const notice = joinSentences(
    noticeOf({ ok: ok.size, failed: failed.length, unknown, listed: problems.length }),
    storedNotice(altered.length),
  )
  return { ok, problems, notice, rejected: failed.length - unknown, unknown }
}

/** The error of a write without a written row: that of the first row. */
function nothingWrittenError(
  { error, index }: Failed,
  names: RowNames,
  list: { readonly problems?: Problem[] },
): ToolError {
  const { code, message, details } = fromClientError(error)
  const more = { ...details, field: names.field(error, index), ...list }
  return new ToolError(code, `Nothing was written: ${message}`, more, true)
}

type Failed = Exclude<Outcome<unknown>, { status: 'ok' }>
type Written = Extract<Outcome<unknown>, { status: 'ok' }>

/** The client's `values.phone` is the argument `records[3].phone` of tools that take rows. */
export function fieldOfRow(error: ChatlayerError, row: number): string | undefined {
  return fieldOf(error)?.replace(/^values/, `records[${row}]`)
}

function noticeOf(
  counts: Record<'ok' | 'failed' | 'unknown' | 'listed', number>,
): string | undefined {
  const { ok, failed, unknown, listed } = counts
  if (failed === 0) return undefined
  const uncertain = unknown > 0 ? `, ${unknown} may have been written` : ''
  const cut = failed > listed ? ` (the first ${listed})` : ''
  return `${ok} of ${ok + failed} records were written${uncertain}; see problems${cut}.`
}

function storedNotice(records: number): string | undefined {
  if (records === 0) return undefined
  const subject = records === 1 ? '1 record was' : `${records} records were`
  return `${subject} stored with values other than those sent; see problems.`
}

/** A record that was stored with other values than sent. The values may be masked, so they are not shown. */
function storedProblem({ index, id, stored = [] }: Written, { byPlace }: RowNames): Problem {
  const columns = stored.map(({ column }) => JSON.stringify(column)).join(', ')
  return {
    ...(byPlace ? { row: index } : {}),
    ...(id === undefined ? {} : { id }),
    status: 'stored',
    reason: `Written, but the gateway stored other values than those sent in ${columns}. Read the record.`,
  }
}

/** The problems of the rows that an upsert would reject. */
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
