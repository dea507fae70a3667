import { type Client, canonicalJson } from '@chatlayer-tables/core'
import { counted } from '../result/sentences.ts'
import { isReviewId } from '../review/review-id.ts'
import {
  CONFIRM_MODES,
  type ConfirmMode,
  GUARDED_KINDS,
  type GuardedKind,
  type Settings,
} from '../settings.ts'
import type { PendingCalls } from './pending-calls.ts'
import type { Caller, PlannedWrite, WriteSize } from './planned-write.ts'
import { RecentWrites, WINDOW_MINUTES } from './recent-writes.ts'
import {
  type Bound,
  checkToken,
  digestOf,
  isWellFormed,
  TOKEN_SECONDS,
  type TokenProblem,
  writeToken,
} from './token.ts'
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

/** How a token reaches the user. The last one is issued after a question that the client could not show. */
const METHODS = { asked: 'asked', twoSteps: 'two-steps', unasked: 'unasked' } as const
type Method = (typeof METHODS)[keyof typeof METHODS]

/** A write that its caller wants to execute, and what a token for it is bound to. */
interface Request {
  readonly write: PlannedWrite
  readonly caller: Caller
  readonly bound: Bound
}

/** Decides which writes may proceed; issues and checks confirmation tokens. */
export class Confirmation {
  readonly #key: Buffer
  readonly #settings: Settings
  readonly #origin: unknown
  readonly #pending: PendingCalls
  readonly #now: () => number
  readonly #recent: RecentWrites
  /** Callers whose client has returned a user's answer. */
  readonly #answered = new Set<string>()

  constructor(
    key: Buffer,
    settings: Settings,
    { connection }: Pick<Client, 'connection'>,
    pending: PendingCalls,
    now: () => number = Date.now,
  ) {
    this.#key = key
    this.#settings = settings
    const { origin, teamId, botId } = connection
    this.#origin = [origin, teamId, botId]
    this.#pending = pending
    this.#now = now
    this.#recent = new RecentWrites(now)
  }

  /** Whether a write of this size must be previewed first. */
  mayNeed(write: WriteSize, caller: Caller): boolean {
    return this.#modeOf(write, caller).mode !== 'allow'
  }

  /** A sentence on the caller's recent writes; undefined if they do not matter to this one. */
  recentNotice({ count, table, deletes }: WriteSize, caller: Caller): string | undefined {
    const recent = this.#recent.count(callerOf(caller))
    const { kinds } = this.#modeOf({ count, table, deletes }, caller)
    if (recent === 0 || count > this.#settings.bulkThreshold || !kinds.includes('bulk')) {
      return undefined
    }
    return `In the last ${WINDOW_MINUTES} minutes ${counted(recent, 'record')} ${recent === 1 ? 'was' : 'were'} written without a confirmation.`
  }

  /** How to execute the previewed write, with a token if one is needed. */
  async offer(
    write: PlannedWrite,
    caller: Caller,
  ): Promise<{ readonly notice: string; readonly confirm_token?: string }> {
    const { mode, kinds } = this.#modeOf(write, caller)
    if (write.count === 0) return { notice: 'There is nothing to write.' }
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
  check(write: PlannedWrite, caller: Caller, token: string): TokenProblem | undefined {
    const { bound } = this.#request(write, caller)
    return checkToken(token, this.#key, this.#methodOf(token, bound), bound, this.#now())
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
    const { mode, kinds } = this.#modeOf(write, caller)
    const isToken = token !== undefined && isWellFormed(token)
    if (mode === 'block') return blockedRefusal(kinds)
    if (forReview || isReviewId(token)) return { kind: 'review' }
    if (mode === 'allow' && !isToken) return { kind: 'go', confirmed: false }
    const request = this.#request(write, caller)
    const { bound } = request
    if (mode === 'review') return this.#review(request)
    if (caller.answer !== undefined) return this.#answer(caller.answer, request)
    if (token !== undefined && this.#methodOf(token, bound) === METHODS.unasked) {
      return this.#redeem(token, METHODS.unasked, request)
    }
    if (caller.canAsk && mode !== 'allow') return this.#ask(request)
    if (token !== undefined) return this.#redeem(token, METHODS.twoSteps, request)
    return this.#refuse('CONFIRMATION_NEEDED', METHODS.twoSteps, request)
  }

  /** Counts a write of the caller. @returns sets the number of records that were actually written */
  count(
    { count, confirmed }: { readonly count: number; readonly confirmed: boolean },
    caller: Caller,
  ): (written: number) => void {
    if (this.#settings.confirm.bulk === 'allow') return () => undefined
    if (!confirmed) return this.#recent.add(callerOf(caller), count)
    this.#recent.clear(callerOf(caller))
    return () => undefined
  }

  /** The arguments of the call that this token was issued for, if this server has them. */
  async argumentsOf(
    tool: string,
    token: string,
    caller: Caller,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const call = await this.#pending.find(token)
    return call?.place === this.#placeOf(tool, caller) ? call.args : undefined
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
    this.#answered.add(callerOf(request.caller))
    if (outcome === 'agreed') return this.#redeem(token, METHODS.asked, request)
    await this.#pending.claim(declined(digestOf(this.#key, request.bound)))
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

  async #wasAskedInVain({ caller, bound }: Request): Promise<boolean> {
    if (!caller.answersLater || this.#answered.has(callerOf(caller))) return false
    return !(await this.#pending.claim(`asked ${digestOf(this.#key, bound)}`))
  }

  #question({ bound }: Request): Verdict {
    return { kind: 'ask', token: writeToken(this.#key, METHODS.asked, bound, this.#now()) }
  }

  async #redeem(token: string, method: Method, request: Request): Promise<Verdict> {
    // First, because the write itself has changed the records.
    if (await this.#pending.isClaimed(token)) return tokenRefusal('used')
    const problem = checkToken(token, this.#key, method, request.bound, this.#now())
    const isByUser = method === METHODS.asked
    if (problem === undefined) {
      if (!isByUser && (await this.#isDeclined(request))) return DECLINED
      const isFirst = await this.#pending.claim(token)
      return isFirst ? { kind: 'go', confirmed: true } : tokenRefusal('used')
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

  #isDeclined({ bound }: Request): Promise<boolean> {
    return this.#pending.isClaimed(declined(digestOf(this.#key, bound)))
  }

  async #issue(
    method: Method,
    { write, caller, bound }: Request,
  ): Promise<{ readonly token: string; readonly hint: string }> {
    const now = this.#now()
    const token = writeToken(this.#key, method, bound, now)
    const place = this.#placeOf(write.tool, caller)
    const until = now + TOKEN_SECONDS * 1_000
    const isKept = await this.#pending.keep(token, { place, until, args: { ...write.call } })
    const call = isKept
      ? `call ${write.tool} with confirm_token alone`
      : 'repeat the call with confirm_token'
    return {
      token,
      hint: `Show this to the user. To execute it, ${call}, within ${TOKEN_SECONDS / 60} minutes.`,
    }
  }

  /** The method that a token was issued for, if it was issued after a failed question. */
  #methodOf(token: string, bound: Bound): Method {
    const problem = checkToken(token, this.#key, METHODS.unasked, bound, this.#now())
    return problem === 'forged' || problem === 'malformed' ? METHODS.twoSteps : METHODS.unasked
  }

  /** The strictest mode that applies to a write, and the kinds that it applies for. */
  #modeOf(
    { count, deletes, table }: WriteSize,
    caller: Caller,
  ): { readonly mode: ConfirmMode; readonly kinds: readonly GuardedKind[] } {
    const { confirm, bulkThreshold } = this.#settings
    const is: Record<GuardedKind, boolean> = {
      bulk: count + this.#recent.count(callerOf(caller)) > bulkThreshold,
      live: table.version === 'LIVE',
      delete: deletes,
    }
    const kinds = GUARDED_KINDS.filter((kind) => is[kind] && count > 0)
    const strictness = kinds.map((kind) => CONFIRM_MODES.indexOf(confirm[kind]))
    const strictest = CONFIRM_MODES[Math.max(0, ...strictness)] ?? 'block'
    return { mode: strictest, kinds: kinds.filter((kind) => confirm[kind] === strictest) }
  }

  #request(write: PlannedWrite, caller: Caller): Request {
    const { tool, table, args, data } = write
    const by = caller.principal ?? null
    const place = [this.#origin, by, tool, table.definition.id, table.version]
    return { write, caller, bound: { place, args, data } }
  }

  #placeOf(tool: string, { principal }: Caller): string {
    return canonicalJson([this.#origin, principal ?? null, tool])
  }
}

function declined(digest: string): string {
  return `declined ${digest}`
}

/** Over HTTP the signed-in caller, otherwise the process. */
function callerOf({ principal }: Caller): string {
  return principal ?? ''
}
