import { type Client, canonicalJson } from '@chatlayer-tables/core'
import { counted } from '../result/sentences.ts'
import { isReviewId } from '../review/review-id.ts'
import type { Settings } from '../settings.ts'
import type { ServerNotes } from '../state/server-notes.ts'
import { CallerNotes, type Mark } from './caller-notes.ts'
import { modeOf } from './mode.ts'
import type { Caller, PlannedWrite, WriteSize } from './planned-write.ts'
import { type SetWritten, WINDOW_MINUTES } from './recent-writes.ts'
import { METHODS, type Method, Signer, type SignerSetup } from './signer.ts'
import { type Bound, isWellFormed, TOKEN_SECONDS, type TokenProblem } from './token.ts'
import {
  blocked,
  blockedRefusal,
  DECLINED,
  RENEWED,
  type Refusal,
  TOKEN_PROBLEMS,
  tokenRefusal,
  type Verdict,
} from './verdict.ts'

/** A write that its caller wants to execute, and what a token for it is bound to. */
interface Request {
  readonly write: PlannedWrite
  readonly caller: Caller
  readonly bound: Bound
}

export interface ConfirmationSetup extends SignerSetup {
  readonly settings: Settings
  readonly client: Pick<Client, 'connection'>
  readonly notes: ServerNotes
}

/**
 * Decides which writes may proceed; issues and checks confirmation tokens.
 *
 * All methods throw StorageError if replicas share a state and it cannot be used: what was confirmed and
 * counted is not known then.
 */
export class Confirmation {
  readonly #settings: Settings
  readonly #notes: ServerNotes
  readonly #signer: Signer
  readonly #origin: unknown

  constructor({ settings, client, notes, ...signer }: ConfirmationSetup) {
    this.#settings = settings
    this.#notes = notes
    this.#signer = new Signer(signer)
    const { origin, teamId, botId } = client.connection
    this.#origin = [origin, teamId, botId]
  }

  /**
   * Lets a write of this size proceed without a confirmation, and counts it for the caller.
   *
   * @returns sets the number of records that were actually written; undefined if the write needs more
   */
  async admit(write: WriteSize, caller: Caller): Promise<SetWritten | undefined> {
    if (modeOf(this.#settings, write, 0).mode !== 'allow') return undefined
    if (this.#settings.confirm.bulk === 'allow') return async () => undefined
    const recent = this.#notesOf(caller).recent
    // Counted before it is compared, so that of two calls at once one sees the other.
    const setWritten = await recent.add(write.count)
    const others = (await recent.count()) - write.count
    if (modeOf(this.#settings, write, others).mode === 'allow') return setWritten
    await setWritten(0)
    return undefined
  }

  /** A sentence on the caller's recent writes; undefined if they do not matter to this one. */
  async recentNotice(write: WriteSize, caller: Caller): Promise<string | undefined> {
    const recent = await this.#recentFor(write, caller)
    if (recent === 0 || !modeOf(this.#settings, write, recent).kinds.includes('bulk'))
      return undefined
    return `In the last ${WINDOW_MINUTES} minutes ${counted(recent, 'record')} ${recent === 1 ? 'was' : 'were'} written without a confirmation.`
  }

  /** How to execute the previewed write, with a token if one is needed. */
  async offer(
    write: PlannedWrite,
    caller: Caller,
  ): Promise<{ readonly notice: string; readonly confirm_token?: string }> {
    if (write.count === 0) return { notice: 'There is nothing to write.' }
    const { mode, kinds } = modeOf(this.#settings, write, await this.#recentFor(write, caller))
    if (mode === 'block') return { notice: `${blocked(kinds)} This write is not allowed.` }
    if (mode === 'allow') return { notice: 'To execute, repeat the call without dry_run.' }
    if (caller.canAsk) {
      return { notice: 'To execute, repeat the call without dry_run; the user will be asked.' }
    }
    if (mode === 'review') {
      return { notice: 'To execute, repeat the call without dry_run; the user will review it.' }
    }
    const { token, hint } = await this.#issue(METHODS.twoSteps, this.#request(write, caller))
    return { notice: hint, confirm_token: token }
  }

  /** Checks a token without using it. */
  async check(
    write: PlannedWrite,
    caller: Caller,
    token: string,
  ): Promise<TokenProblem | undefined> {
    const { bound } = this.#request(write, caller)
    return this.#signer.problemOf(token, await this.#signer.methodOf(token, bound), bound)
  }

  /**
   * Whether a write is confirmed; if not, what to do instead. A token that is accepted is used up.
   *
   * @param forReview whether a review decides in any mode but `block`
   */
  async decide(
    write: PlannedWrite,
    caller: Caller,
    token: string | undefined,
    forReview = false,
  ): Promise<Verdict> {
    let { mode, kinds } = modeOf(this.#settings, write, await this.#recentFor(write, caller))
    const isToken = token !== undefined && isWellFormed(token)
    if (mode === 'block') return blockedRefusal(kinds)
    if (forReview || isReviewId(token)) return { kind: 'review' }
    if (mode === 'allow' && !isToken) {
      const counted = await this.admit(write, caller)
      if (counted !== undefined) return { kind: 'go', counted }
      // Other writes of the caller were counted meanwhile.
      const stricter = modeOf(this.#settings, write, Number.POSITIVE_INFINITY)
      mode = stricter.mode
      kinds = stricter.kinds
      if (mode === 'block') return blockedRefusal(kinds)
    }
    const request = this.#request(write, caller)
    const { bound } = request
    if (mode === 'review') return this.#review(request)
    if (caller.answer !== undefined) return this.#answer(caller.answer, request)
    if (token !== undefined && (await this.#signer.methodOf(token, bound)) === METHODS.unasked) {
      return this.#redeem(token, METHODS.unasked, request)
    }
    if (caller.canAsk && mode !== 'allow') return this.#ask(request)
    if (token !== undefined) return this.#redeem(token, METHODS.twoSteps, request)
    return this.#refuse('CONFIRMATION_NEEDED', METHODS.twoSteps, request)
  }

  /** Starts the count of the caller's writes again: a write was confirmed. */
  async startAgain(caller: Caller): Promise<void> {
    if (this.#settings.confirm.bulk !== 'allow') await this.#notesOf(caller).recent.clear()
  }

  /** The arguments of the call that this token was issued for, if this server has them. */
  async argumentsOf(
    tool: string,
    token: string,
    caller: Caller,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const call = await this.#notesOf(caller).pending.find(token)
    return call?.tool === tool ? call.args : undefined
  }

  /** Asks the user, if the client shows the question and returns the answer. Tokens count for nothing. */
  async #review(request: Request): Promise<Verdict> {
    const { answer, canAsk } = request.caller
    if (answer !== undefined) {
      return answer.outcome === 'failed' ? { kind: 'review' } : this.#answer(answer, request)
    }
    return canAsk && !(await this.#wasAskedInVain(request))
      ? this.#question(request)
      : { kind: 'review' }
  }

  async #answer(
    { token, outcome }: NonNullable<Caller['answer']>,
    request: Request,
  ): Promise<Verdict> {
    if (outcome === 'failed') {
      const why = 'The client could not ask its user.'
      return this.#refuse('CONFIRMATION_NEEDED', METHODS.unasked, request, why)
    }
    await this.#notesOf(request.caller).noteAnswer()
    if (outcome === 'agreed') return this.#redeem(token, METHODS.asked, request)
    await this.#mark('declined', request, await this.#signer.digestOf(request.bound))
    return DECLINED
  }

  /**
   * Asks the user, unless the client has been asked the same before, has never returned an answer, and
   * would return it with a later call: it cannot show questions.
   */
  async #ask(request: Request): Promise<Verdict> {
    if (!(await this.#wasAskedInVain(request))) return this.#question(request)
    const why = 'The client was asked before and returned no answer of its user.'
    return this.#refuse('CONFIRMATION_NEEDED', METHODS.unasked, request, why)
  }

  async #wasAskedInVain(request: Request): Promise<boolean> {
    const { caller } = request
    if (!caller.answersLater) return false
    if (await this.#notesOf(caller).hasAnswered()) return false
    return !(await this.#mark('asked', request, await this.#signer.digestOf(request.bound)))
  }

  async #question({ bound }: Request): Promise<Verdict> {
    const token = await this.#signer.write(METHODS.asked, bound)
    return { kind: 'ask', token }
  }

  async #redeem(token: string, method: Method, request: Request): Promise<Verdict> {
    // First, because the write itself has changed the records.
    if (await this.#isMarked('used', request, token)) return tokenRefusal('used')
    const problem = await this.#signer.problemOf(token, method, request.bound)
    const isByUser = method === METHODS.asked
    if (problem === undefined) {
      if (!isByUser && (await this.#isDeclined(request))) return DECLINED
      const isFirst = await this.#mark('used', request, token)
      return isFirst ? { kind: 'go', counted: undefined } : tokenRefusal('used')
    }
    return isByUser || !RENEWED.has(problem)
      ? tokenRefusal(problem)
      : this.#refuse('CONFIRMATION_REFUSED', method, request, TOKEN_PROBLEMS[problem])
  }

  /** A refusal with a token, except for a write that the user has declined. */
  async #refuse(
    code: Refusal['code'],
    method: Method,
    request: Request,
    message = '',
  ): Promise<Verdict> {
    if (await this.#isDeclined(request)) return DECLINED
    const { token, hint } = await this.#issue(method, request)
    return { kind: 'refuse', code, message, hint, preview: true, token }
  }

  async #isDeclined(request: Request): Promise<boolean> {
    return this.#isMarked('declined', request, await this.#signer.digestOf(request.bound))
  }

  #mark(kind: Mark, { caller }: Request, what: string): Promise<boolean> {
    return this.#notesOf(caller).mark(kind, what)
  }

  #isMarked(kind: Mark, { caller }: Request, what: string): Promise<boolean> {
    return this.#notesOf(caller).isMarked(kind, what)
  }

  async #issue(
    method: Method,
    { write, caller, bound }: Request,
  ): Promise<{ readonly token: string; readonly hint: string }> {
    const token = await this.#signer.write(method, bound)
    const call = { tool: write.tool, args: { ...write.call } }
    const isKept = await this.#notesOf(caller).pending.keep(token, call)
    const how = isKept
      ? `call ${write.tool} with confirm_token alone`
      : 'repeat the call with confirm_token'
    return {
      token,
      hint: `Show this to the user. To execute it, ${how}, within ${TOKEN_SECONDS / 60} minutes.`,
    }
  }

  #request(write: PlannedWrite, caller: Caller): Request {
    const { tool, table, args, data } = write
    const by = caller.principal ?? null
    const place = [this.#origin, by, tool, table.definition.id, table.version]
    return { write, caller, bound: { place, args, data } }
  }

  /**
   * Replicas that share their state know what a caller of any of them did. On stdio, a caller is known to
   * its process: what it wrote, and whether it answers.
   */
  #notesOf({ isHttp, principal }: Caller): CallerNotes {
    const owner = canonicalJson([this.#origin, principal ?? null])
    return new CallerNotes((kind) =>
      isHttp || (kind !== 'recent' && kind !== 'answered')
        ? this.#notes.shared(kind, owner)
        : this.#notes.own(kind, owner),
    )
  }

  /** Those that matter to a write: none if writes of many records are allowed, or it is one itself. */
  async #recentFor({ count }: WriteSize, caller: Caller): Promise<number> {
    const { confirm, bulkThreshold } = this.#settings
    if (confirm.bulk === 'allow' || count > bulkThreshold) return 0
    return this.#notesOf(caller).recent.count()
  }
}
