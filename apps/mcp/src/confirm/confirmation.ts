import type { Client } from '@chatlayer-tables/core'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { ToolError } from '../result/tool-error.ts'
import {
  CONFIRM_MODES,
  type ConfirmMode,
  GUARDED_KINDS,
  type GuardedKind,
  type Settings,
} from '../settings.ts'
import type { ToolName } from '../tools/registry.ts'
import { AskUser } from './ask-user.ts'
import { type Bound, checkToken, TOKEN_SECONDS, type TokenProblem, writeToken } from './token.ts'

/** A write, as its preview describes it. */
export interface PlannedWrite {
  readonly tool: ToolName
  readonly table: GuardedTable
  /** The arguments that define the write. */
  readonly args: unknown
  /** The number of records to write. */
  readonly count: number
  readonly deletes: boolean
  /** The records before and after; computed only for a signature. */
  readonly data: () => unknown
  /** Such as `delete 3 records of "stores" (DRAFT)`. */
  readonly action: string
  /** Some of the changes, to show to the user. */
  readonly samples: readonly unknown[]
  readonly note: string | undefined
}

/** How the caller can confirm a write. */
export interface Caller {
  /** The signed-in caller over HTTP; undefined on stdio and without tokens. */
  readonly principal: string | undefined
  /** Whether the client can ask its user a question. */
  readonly canAsk: boolean
  /** The answer to a question: its token, and whether the user agreed. */
  readonly answer: { readonly token: string; readonly agreed: boolean } | undefined
}

const METHODS = { asked: 'asked', twoSteps: 'two-steps' } as const

/** The strictest mode that applies to a write, and the kinds that it applies for. */
function modeOf(
  { count, deletes, table }: Pick<PlannedWrite, 'count' | 'deletes' | 'table'>,
  { confirm, bulkThreshold }: Pick<Settings, 'confirm' | 'bulkThreshold'>,
): { readonly mode: ConfirmMode; readonly kinds: readonly GuardedKind[] } {
  const is: Record<GuardedKind, boolean> = {
    bulk: count > bulkThreshold,
    live: table.version === 'LIVE',
    delete: deletes,
  }
  const kinds = GUARDED_KINDS.filter((kind) => is[kind] && count > 0)
  const strictness = kinds.map((kind) => CONFIRM_MODES.indexOf(confirm[kind]))
  const strictest = CONFIRM_MODES[Math.max(0, ...strictness)] ?? 'block'
  return { mode: strictest, kinds: kinds.filter((kind) => confirm[kind] === strictest) }
}

/** Decides which writes may proceed; issues and checks confirmation tokens. */
export class Confirmation {
  readonly #key: Buffer
  readonly #settings: Settings
  readonly #origin: unknown
  readonly #now: () => number
  /** Tokens that this process has accepted, until they expire. */
  readonly #used = new Map<string, number>()

  constructor(
    key: Buffer,
    settings: Settings,
    { connection }: Pick<Client, 'connection'>,
    now: () => number = Date.now,
  ) {
    this.#key = key
    this.#settings = settings
    const { origin, teamId, botId } = connection
    this.#origin = [origin, teamId, botId]
    this.#now = now
  }

  /** Whether a write of this size must be previewed first. */
  mayNeed(write: Pick<PlannedWrite, 'count' | 'deletes' | 'table'>): boolean {
    return modeOf(write, this.#settings).mode !== 'allow'
  }

  /** How to execute the previewed write, with a token if one is needed. */
  offer(write: PlannedWrite, caller: Caller): { notice: string; confirm_token?: string } {
    const { mode, kinds } = modeOf(write, this.#settings)
    if (write.count === 0) return { notice: 'There is nothing to write.' }
    if (mode === 'block') return { notice: `${blocked(kinds)} This write is not allowed.` }
    if (mode === 'allow') return { notice: 'To execute, repeat the call without dry_run.' }
    if (caller.canAsk) {
      return { notice: 'To execute, repeat the call without dry_run; the user will be asked.' }
    }
    const minutes = TOKEN_SECONDS / 60
    return {
      notice: `Show this to the user. To execute, repeat the call within ${minutes} minutes with confirm_token instead of dry_run.`,
      confirm_token: writeToken(
        this.#key,
        METHODS.twoSteps,
        this.#bound(write, caller),
        this.#now(),
      ),
    }
  }

  /**
   * Checks that a write is confirmed.
   *
   * @throws AskUser to ask the user first
   * @throws ToolError if the write is blocked or not confirmed
   */
  require(write: PlannedWrite, caller: Caller, token: string | undefined): void {
    const { mode, kinds } = modeOf(write, this.#settings)
    if (mode === 'allow') return
    if (mode === 'block') {
      throw new ToolError('BLOCKED', `Nothing was written. ${blocked(kinds)}`, {
        matched: write.count,
        hint: 'Only the operator of this server can allow it.',
      })
    }
    const bound = this.#bound(write, caller)
    if (caller.answer !== undefined) {
      if (!caller.answer.agreed) {
        throw new ToolError('NOT_CONFIRMED', 'Nothing was written: the user did not agree.', {
          hint: 'Ask the user what to do instead; do not retry without asking.',
        })
      }
      this.#redeem(caller.answer.token, METHODS.asked, bound)
    } else if (caller.canAsk) {
      throw new AskUser(write, writeToken(this.#key, METHODS.asked, bound, this.#now()))
    } else if (token !== undefined) {
      this.#redeem(token, METHODS.twoSteps, bound)
    } else throw unconfirmed(write)
  }

  #redeem(token: string, method: string, bound: Bound): void {
    const now = this.#now()
    for (const [used, until] of this.#used) if (until < now) this.#used.delete(used)
    const problem = this.#used.has(token)
      ? 'used'
      : checkToken(token, this.#key, method, bound, now)
    if (problem !== undefined) {
      throw new ToolError(
        'CONFIRMATION_REFUSED',
        `Nothing was written. ${TOKEN_PROBLEMS[problem]}`,
        {
          field: 'confirm_token',
          hint: 'Repeat the call with dry_run: true and check the new preview.',
        },
      )
    }
    this.#used.set(token, now + TOKEN_SECONDS * 1_000)
  }

  #bound({ tool, table, args, data }: PlannedWrite, { principal }: Caller): Bound {
    const place = [this.#origin, principal ?? null, tool, table.definition.id, table.version]
    return { place, args, data: data() }
  }
}

function unconfirmed({ action, count }: PlannedWrite): ToolError {
  return new ToolError('CONFIRMATION_NEEDED', `Nothing was written. This would ${action}.`, {
    field: 'confirm_token',
    matched: count,
    hint: 'Repeat the call with dry_run: true, show the user the preview, and pass its confirm_token.',
  })
}

const TOKEN_PROBLEMS: Readonly<Record<TokenProblem | 'used', string>> = {
  malformed: 'Invalid confirm_token.',
  forged: 'This confirm_token is for another tool or table, or was altered.',
  expired: 'This confirm_token has expired.',
  'other-arguments': 'The arguments differ from those of the preview.',
  'other-data': 'The records have changed since the preview.',
  used: 'This confirm_token was already used.',
}

const KIND_NAMES: Readonly<Record<GuardedKind, string>> = {
  bulk: 'writes of this many records',
  live: 'writes to LIVE',
  delete: 'deletes',
}

function blocked(kinds: readonly GuardedKind[]): string {
  return `The operator has blocked ${kinds.map((kind) => KIND_NAMES[kind]).join(' and ')}.`
}
