/**
 * Recognises a repeated call: a client that got no response in time calls again, with the same arguments.
 * While an equal call is at work, in any process that shares the state, the second one waits for it. One that
 * has just ended is not executed again: its result is returned, or what it left is done.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalJson, type Outcome, parseJson, stringifyJson } from '@chatlayer-tables/core'
import type { EarlierCall, EarlierWrite, Journal } from '@chatlayer-tables/journal'
import type { CallContext } from '../call/context.ts'
import { connectionOf } from '../journal/write-journal.ts'
import { type Logger, reasonOf } from '../logger.ts'
import { joinSentences } from '../result/sentences.ts'
import { ToolError } from '../result/tool-error.ts'
import { isReviewId } from '../review/review-id.ts'
import type { HeldCall } from './memory-calls.ts'

/** How long after its end a call is still taken for the first one of a repeated call. */
export const REPEAT_MINUTES = 5

/** How long to wait for another replica that resolves the outcomes of the first call. */
const MAX_RECOVERY_MS = 15_000
const RECOVERY_POLL_MS = 300

/** How to recognise that a call of a tool is repeated. */
export interface Repeats<Input> {
  /** Whether to write the same again changes nothing more; such a call is executed again. */
  readonly isIdempotent: (input: Input) => boolean
  /** How to write the same once more on purpose (default: `again: true`). */
  readonly howAgain?: string
  /** What a call depends on besides its arguments, such as the content of a file. */
  readonly identity?: (input: Input, context: CallContext) => Promise<unknown>
}

type Arguments = Readonly<Record<string, unknown>>

/** Arguments that do not define what is written; `again` states that an equal call is meant. */
const CONTROLS: ReadonlySet<string> = new Set([
  'dry_run',
  'confirm_token',
  'note',
  'again',
  'cursor',
  'expect',
])

/** Runs a call, unless it is a preview, so that its writes happen once. */
export async function once<Given extends Arguments, Output extends object>(
  tool: string,
  input: Given,
  context: CallContext,
  { isIdempotent, identity, howAgain = 'pass again: true' }: Repeats<Given>,
  run: (context: CallContext) => Promise<Output>,
): Promise<Output> {
  if (input.dry_run === true || input.cursor !== undefined) return run(context)
  const { journal, client, request, signal, log } = context
  const args = Object.entries(input).filter(([name]) => !CONTROLS.has(name))
  const defining = [Object.fromEntries(args), await identity?.(input, context)]
  const place = [connectionOf(client), client.connection.version, limitsOf(context)]
  const calls = await journal.calls()
  const held = await calls.take(digestOf([place, request.principal ?? null, tool, defining]), {
    signal,
    onWait: () => void request.progress?.(0, undefined, 'waiting: the same call is in progress'),
  })
  await using _released = { [Symbol.asyncDispose]: () => release(held, log) }
  const token = input.confirm_token === undefined ? undefined : digestOf(input.confirm_token)
  // What a review has approved is executed once, by itself: it neither continues nor repeats another call.
  const isReviewed = typeof input.confirm_token === 'string' && isReviewId(input.confirm_token)
  const earlier = input.again === true ? undefined : await earlierCall(held, context)
  const isOther = isReviewed && (earlier?.result === undefined || earlier.token !== token)
  const found = isOther ? undefined : earlier
  // Records that the interrupted call wrote may be gone: neither the rest nor all is surely what is meant.
  if (found?.isFollowed && !isIdempotent(input)) throw partlyDone(found, howAgain)
  const isRepeat =
    found !== undefined &&
    (!isIdempotent(input) ||
      (found.result !== undefined &&
        (held.hadToWait || (token !== undefined && token === found.token))))
  if (isRepeat && found.result !== undefined) return repeated(found, found.result, howAgain)
  const isAgain = input.again === true || isReviewed
  const facts = { token, isAgain, continues: isRepeat ? found : undefined }
  const call = new RunningCall(held, context, facts)
  try {
    const result = await run({ ...context, once: call })
    await call.end(result)
    return result
  } catch (error) {
    await call.end(undefined)
    throw error
  }
}

/** Never fails: a call that was carried out has its result, and its lock ends with this process at the latest. */
async function release(held: HeldCall, log: Logger): Promise<void> {
  try {
    await held[Symbol.asyncDispose]()
  } catch (error) {
    log.error(`the lock of a call cannot be released: ${reasonOf(error)}`)
  }
}

/** What the operator allows: a result is for callers with the same limits alone. */
function limitsOf({ settings }: CallContext): unknown {
  const { readOnly, allowLive, tables, hideColumns, maskColumns } = settings
  return [readOnly, allowLive, tables ?? null, hideColumns, maskColumns]
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 40)
}

/** The earlier call, after its unknown outcomes have been resolved as far as possible. */
async function earlierCall(
  held: HeldCall,
  { journal, client, signal, settings, state }: CallContext,
): Promise<EarlierCall | undefined> {
  const now = settings.journal ? await state.now() : Date.now()
  const since = now - REPEAT_MINUTES * 60_000
  const begun = performance.now()
  for (let known = await held.earlier(since); ; known = await held.earlier(since)) {
    if (!settings.journal || !known?.writes.some(({ status }) => status === 'unknown')) return known
    const opened = await journal.openRecovered(client, signal)
    const isOver = performance.now() - begun > MAX_RECOVERY_MS
    if (isOver || !(await isBeingRecovered(known, opened))) return held.earlier(since)
    await sleep(RECOVERY_POLL_MS, undefined, { signal })
  }
}

/** Whether another replica resolves the outcomes of a call: it holds the lock of its writer for that time. */
async function isBeingRecovered({ changeSets }: EarlierCall, journal: Journal): Promise<boolean> {
  const sets = await Promise.all(changeSets.map((id) => journal.show(id)))
  return sets.some(({ status }) => status === 'running')
}

/** The result of the earlier call. */
function repeated<Output>({ begunAt }: EarlierCall, result: string, howAgain: string): Output {
  const { notice, ...fields } = parseJson(result) as Record<string, unknown>
  const sentences = joinSentences(
    `Nothing was written again: an equal call began at ${begunAt} and has ended; this is its result. To write the same once more, ${howAgain}.`,
    typeof notice === 'string' ? notice : undefined,
  )
  return { notice: sentences, ...fields } as Output
}

interface CallFacts {
  /** Of what confirms it. */
  readonly token: string | undefined
  readonly isAgain: boolean
  readonly continues: EarlierCall | undefined
}

/** The call that is running: what it continues, and what it has done. */
export class RunningCall {
  /** The equal call whose rest this one does; undefined for a new one. */
  readonly continues: EarlierCall | undefined
  /** Whether the caller stated that an equal call is meant. */
  readonly isAgain: boolean
  /** Whether this call has the confirmation of the one that it continues. */
  readonly isConfirmed: boolean
  readonly #held: HeldCall
  readonly #context: CallContext
  readonly #token: string | undefined
  #number: number | undefined
  #isWhole = false

  constructor(held: HeldCall, context: CallContext, { token, isAgain, continues }: CallFacts) {
    this.continues = continues
    this.isAgain = isAgain
    this.isConfirmed = continues !== undefined && token !== undefined && token === continues.token
    this.#held = held
    this.#context = context
    this.#token = token
  }

  /** The writes of the earlier call, by the row of the input. */
  get earlierRows(): ReadonlyMap<number, EarlierWrite> {
    const writes = this.continues?.writes ?? []
    return new Map(writes.flatMap((write) => (write.row === undefined ? [] : [[write.row, write]])))
  }

  /** The records that the earlier call wrote, or may have written. */
  get earlierIds(): ReadonlySet<string> {
    return new Set(this.continues?.writes.flatMap(({ id }) => id ?? []))
  }

  /**
   * Notes that the call begins to write.
   *
   * @param place the table
   * @param continues whether the tool does only the rest of an earlier call
   * @returns its number, for its change set
   */
  async begin(place: string, continues: boolean): Promise<number> {
    if (this.continues !== undefined && !continues) throw partlyDone(this.continues)
    this.#number ??= await this.#held.begin(this.#token, this.continues)
    this.#context.journal.noteCall(this.#number, { place })
    return this.#number
  }

  /** Keeps the outcome of a row. */
  note(outcome: Outcome<unknown>): void {
    const { status, index: row, id } = outcome
    if (this.#number === undefined || status === 'rejected') return
    const change = status === 'ok' ? outcome.change : 'inserted'
    if (change === 'unchanged') return
    this.#context.journal.noteWrite(this.#number, { row, id, change, status })
  }

  /** Keeps the job of its writes. */
  noteJob(job: string): void {
    if (this.#number !== undefined) this.#context.journal.noteCall(this.#number, { job })
  }

  /** @param isWhole whether a repeated call would have nothing to write */
  conclude(isWhole: boolean): void {
    this.#isWhole = isWhole
  }

  /** Never fails: what was written is in the journal, by which a repeated call finds it. */
  async end(result: object | undefined): Promise<void> {
    if (this.#number === undefined) return
    const isWhole = this.#isWhole && result !== undefined
    try {
      await this.#held.end(this.#number, isWhole ? stringifyJson(result) : undefined)
    } catch (error) {
      this.#context.log.error(`the end of a call cannot be recorded: ${reasonOf(error)}`)
    }
  }
}

/** @param howAgain how to write all of it once more, if that can be asked for */
function partlyDone(
  { begunAt, writes, changeSets, isFollowed }: EarlierCall,
  howAgain?: string,
): ToolError {
  const ids = changeSets.length === 0 ? '' : ` (change set ${changeSets.join(', ')})`
  const since = isFollowed ? ' The table was written to since.' : ''
  const more = howAgain === undefined ? '' : ` To write all of them once more, ${howAgain}.`
  return new ToolError(
    'PARTLY_WRITTEN',
    `Nothing was written: an equal call that began at ${begunAt} was interrupted after ${writes.length} records${ids}.${since}`,
    {
      hint: `Check these records, then write the others; or undo the change set and repeat the call.${more}`,
    },
  )
}
