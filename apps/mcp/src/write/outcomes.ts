import {
  type ChatlayerError,
  type Outcome,
  type Preview,
  UnknownOutcomeError,
} from '@chatlayer-tables/core'
import type { EarlierWrite } from '@chatlayer-tables/journal'
import type { CallContext } from '../call/context.ts'
import { fieldOf, fromClientError, toToolError } from '../call/errors.ts'
import { reasonOf } from '../policy/redact.ts'
import { fitProblems, MAX_PROBLEMS } from '../result/problems.ts'
import { counted, joinSentences } from '../result/sentences.ts'
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
  /** Rows that were not attempted. */
  readonly not_sent: number
  /** Whether a repeated call would have nothing to write. */
  readonly isWhole: boolean
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
  readonly once?: Pick<NonNullable<CallContext['once']>, 'note'> | undefined
}

/** The rows of a write that continues an earlier one. */
export interface Rest {
  /** Where each row that is written is in the input. */
  readonly places: readonly number[]
  /** The other rows. */
  readonly earlier: ReadonlyMap<number, EarlierWrite>
}

/**
 * Executes a bulk write. If it stops midway, the error lists the records written until then.
 *
 * @param total rows of the input
 * @param rest if only some of the rows are written
 * @throws ToolError if the write stopped, or if no row was written
 */
export async function collect(
  write: AsyncIterable<Outcome<unknown>>,
  names: RowNames,
  context: WriteContext,
  total: number,
  rest?: Rest,
): Promise<WriteSummary> {
  const { signal, request, catalog, once } = context
  const { ok, failed } = earlierOutcomes(rest)
  const before = ok.size
  let stopped: { readonly by: unknown } | undefined
  try {
    for await (const found of write) {
      const outcome = rest ? { ...found, index: rest.places[found.index] ?? found.index } : found
      once?.note(outcome)
      if (outcome.status === 'ok') ok.set(outcome.index, outcome)
      else failed.push(outcome)
      await request.progress?.(ok.size + failed.length, total, `${ok.size} of ${total} written`)
    }
  } catch (error) {
    stopped = { by: error }
  }
  failed.sort((a, b) => a.index - b.index)
  // A stopped write names the rows that were not sent as ranges.
  const listed = stopped && names.byPlace ? failed.filter((outcome) => !isNotSent(outcome)) : failed
  const problems = problemsOf({ ok, failed: listed }, names, catalog.hiddenNames)
  const unknown = failed.filter(({ status }) => status === 'unknown').length
  const rejected = failed.filter((outcome) => !isNotSent(outcome)).length - unknown
  const not_sent = total - ok.size - unknown - rejected
  const nothingWritten = ok.size === 0 && unknown === 0
  if (stopped !== undefined) {
    if (nothingWritten) throw stopped.by
    const settled = [...ok.keys(), ...listed.map(({ index }) => index)]
    const not_sent_rows = names.byPlace ? rangesWithout(settled, total) : undefined
    const facts = { ok, unknown, not_sent, not_sent_rows, problems, total }
    throw await stoppedError(stopped.by, facts, context)
  }
  const [first] = failed
  if (nothingWritten && first !== undefined) {
    signal.throwIfAborted()
    throw nothingWrittenError(first, names, failed.length > 1 ? { problems } : {})
  }
  const altered = [...ok.values()].filter(({ stored }) => stored !== undefined)
  const again = [...ok.values()].filter(({ sends }) => sends !== undefined)
  const notice = joinSentences(
    noticeOf({ ok: ok.size, failed: failed.length, unknown, listed: problems.length }),
    continuedNotice(before, ok.size - before, rest !== undefined),
    storedNotice(altered.length),
    sentAgainNotice(again.length),
  )
  const isWhole = ok.size + unknown === total
  return { ok, problems, notice, rejected, unknown, not_sent, isWhole }
}

/** The outcomes of rows that an earlier, equal call wrote. */
function earlierOutcomes(rest: Rest | undefined): { ok: Map<number, Written>; failed: Failed[] } {
  const ok = new Map<number, Written>()
  const failed: Failed[] = []
  for (const [index, { id, change, status }] of rest?.earlier ?? []) {
    const place = { index, id, row: undefined }
    if (status === 'ok') ok.set(index, { status, ...place, change })
    else {
      const error = new UnknownOutcomeError('the earlier call may have written it', { tried: [] })
      failed.push({ status, ...place, error, tried: [] })
    }
  }
  return { ok, failed }
}

function problemsOf(
  { ok, failed }: { readonly ok: ReadonlyMap<number, Written>; readonly failed: readonly Failed[] },
  names: RowNames,
  hidden: readonly string[],
): Problem[] {
  const written = [...ok.values()]
  return fitProblems([
    ...failed.map((outcome) => problemOf(outcome, names, hidden)),
    ...written
      .filter(({ stored }) => stored !== undefined)
      .map((outcome) => storedProblem(outcome, names)),
    ...written
      .filter(({ sends }) => sends !== undefined)
      .map((outcome) => sentAgainProblem(outcome, names)),
  ])
}

/** Such as `3, 7-12`: the rows of the input that are not in the list. */
function rangesWithout(rows: readonly number[], total: number): string | undefined {
  const ranges: string[] = []
  const bounds = [-1, ...rows.toSorted((a, b) => a - b), total]
  for (const [index, bound] of bounds.entries()) {
    const [first, last] = [(bounds[index - 1] ?? bound) + 1, bound - 1]
    if (first <= last) ranges.push(first === last ? `${first}` : `${first}-${last}`)
  }
  return ranges.join(', ') || undefined
}

/** The error of a write that stopped after it had begun. */
async function stoppedError(
  by: unknown,
  { ok, unknown, not_sent, not_sent_rows, problems, total }: Stopped,
  { signal, request, log }: WriteContext,
): Promise<ToolError> {
  const progress = `Stopped after writing ${ok.size} of ${total} records`
  const { code, message, details } = toToolError(by, signal)
  // A cancelled call gets no response: only the log and the progress state what was written.
  log.warn(`${progress}, ${unknown} unknown (${code})`)
  await request.progress?.(total - not_sent, total, progress)
  const written_ids = [...ok.values()].flatMap(({ id }) => id ?? [])
  const uncertain = unknown > 0 ? { may_have_been_written: true as const } : {}
  const unsent = not_sent > 0 ? { not_sent, not_sent_rows } : {}
  const more = { ...details, ...uncertain, written_ids, ...unsent, problems }
  return new ToolError(code, `${progress}: ${message}`, more, true)
}

interface Stopped extends Pick<WriteSummary, 'ok' | 'unknown' | 'not_sent' | 'problems'> {
  readonly total: number
  readonly not_sent_rows: string | undefined
}

/** Whether a row was not attempted: stopped before its turn, or before its request was sent. */
function isNotSent({ status, error }: Pick<Failed, 'status' | 'error'>): boolean {
  if (status !== 'rejected') return false
  if (error.situation?.code === 'NOT_SENT') return true
  const isOfTheRow = !NOT_OF_THE_ROW.has(error.code)
  return !isOfTheRow && error.executed === 'no' && (error.request?.attempts ?? 0) === 0
}

const NOT_OF_THE_ROW: ReadonlySet<string> = new Set(['CONNECTION', 'TIMEOUT', 'CONFIGURATION'])

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

/** How the rows of a call are divided between it and the earlier one that it continues. */
export function continuedNotice(
  before: number,
  now: number,
  isContinued: boolean,
): string | undefined {
  if (!isContinued) return undefined
  const were = before === 1 ? 'was' : 'were'
  return `This call continued an equal one that had not ended: ${counted(before, 'record')} ${were} written by that one, ${now} now.`
}

function sentAgainNotice(records: number): string | undefined {
  if (records === 0) return undefined
  return `${counted(records, 'record')} ${records === 1 ? 'was' : 'were'} sent more than once; see problems.`
}

/** A record whose first request got no response and was not found to have taken effect. */
function sentAgainProblem({ index, id, sends }: Written, { byPlace }: RowNames): Problem {
  return {
    ...(byPlace ? { row: index } : {}),
    ...(id === undefined ? {} : { id }),
    status: 'sent_again',
    reason: `Written. It was sent ${sends} times, each time after a search did not find it: check whether it exists twice.`,
  }
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
    status: isNotSent({ status, error }) ? 'not_sent' : status,
    reason: reasonOf(error, hidden),
    ...(field === undefined ? {} : { field }),
  }
}
