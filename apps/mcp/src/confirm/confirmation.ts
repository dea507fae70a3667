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
import { type Bound, checkToken, type Refusal, TOKEN_SECONDS, writeToken } from './token.ts'

/** A write as its preview found it. */
export interface PlannedWrite {
  readonly tool: ToolName
  readonly table: GuardedTable
  /** The arguments that say what to write. */
  readonly args: unknown
  /** How many records would be written. */
  readonly count: number
  readonly deletes: boolean
  /** The records before and after; made only where it is signed. */
  readonly data: () => unknown
  /** What it does, as a phrase such as `delete 3 records of "stores" (DRAFT)`. */
  readonly does: string
  /** Some of the changes, for whoever is asked. */
  readonly samples: readonly unknown[]
  readonly note: string | undefined
}

/** How the one who calls can confirm. */
export interface Caller {
  /** Whoever has signed in, where there is somebody to tell apart. */
  readonly principal: string | undefined
  /** Whether the client can put a question to its user. */
  readonly canAsk: boolean
  /** What came back of a question: its token, and whether the user agreed. */
  readonly answer: { readonly token: string; readonly agreed: boolean } | undefined
}

const METHODS = { asked: 'asked', twoSteps: 'two-steps' } as const

/** The kinds of a write that the operator wants to be asked about, and the strictest mode among them. */
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

/** Decides which writes go ahead, and hands out and takes back what confirms them. */
export class Confirmation {
  readonly #key: Buffer
  readonly #settings: Settings
  readonly #origin: unknown
  readonly #now: () => number
  /** Tokens that this process has seen, until they expire. */
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

  /** Whether a write of so many records has to be previewed before it may go ahead. */
  mayNeed(write: Pick<PlannedWrite, 'count' | 'deletes' | 'table'>): boolean {
    return modeOf(write, this.#settings).mode !== 'allow'
  }

  /** What a preview says of how to go on, with the token where there is one. */
  offer(write: PlannedWrite, caller: Caller): { notice: string; confirm_token?: string } {
    const { mode, kinds } = modeOf(write, this.#settings)
    if (write.count === 0) return { notice: 'There is nothing to write.' }
    if (mode === 'block') return { notice: `${blocked(kinds)} It will be refused.` }
    if (mode === 'allow') return { notice: 'To do it, repeat the call without dry_run.' }
    if (caller.canAsk) {
      return { notice: 'To do it, repeat the call without dry_run; the user will be asked.' }
    }
    const minutes = TOKEN_SECONDS / 60
    return {
      notice: `Show this to the user. To do it, repeat the call with confirm_token in place of dry_run within ${minutes} minutes.`,
      confirm_token: writeToken(
        this.#key,
        METHODS.twoSteps,
        this.#bound(write, caller),
        this.#now(),
      ),
    }
  }

  /**
   * Lets a write go ahead, or not.
   *
   * @throws AskUser to put a question to the user first
   * @throws ToolError when it is blocked or not confirmed; nothing has been written then
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
          hint: 'Ask the user what to do instead; do not try again unasked.',
        })
      }
      this.#redeem(caller.answer.token, METHODS.asked, bound)
    } else if (caller.canAsk) {
      throw new AskUser(write, writeToken(this.#key, METHODS.asked, bound, this.#now()))
    } else if (token !== undefined) {
      this.#redeem(token, METHODS.twoSteps, bound)
    } else throw unconfirmed(write)
  }

  #redeem(token: string, way: string, bound: Bound): void {
    const now = this.#now()
    for (const [used, until] of this.#used) if (until < now) this.#used.delete(used)
    const refusal = this.#used.has(token) ? 'used' : checkToken(token, this.#key, way, bound, now)
    if (refusal !== undefined) {
      throw new ToolError('CONFIRMATION_REFUSED', `Nothing was written. ${REFUSALS[refusal]}`, {
        field: 'confirm_token',
        hint: 'Repeat the call with dry_run: true for a new preview, and look at it again.',
      })
    }
    this.#used.set(token, now + TOKEN_SECONDS * 1_000)
  }

  #bound({ tool, table, args, data }: PlannedWrite, { principal }: Caller): Bound {
    const place = [this.#origin, principal ?? null, tool, table.definition.id, table.version]
    return { place, args, data: data() }
  }
}

function unconfirmed({ does, count }: PlannedWrite): ToolError {
  return new ToolError('CONFIRMATION_NEEDED', `Nothing was written. This would ${does}.`, {
    field: 'confirm_token',
    matched: count,
    hint: 'Repeat the call with dry_run: true, show the user what it would do, and pass the confirm_token of that answer.',
  })
}

const REFUSALS: Readonly<Record<Refusal | 'used', string>> = {
  malformed: 'This is no confirm_token.',
  forged: 'This confirm_token was not given for this tool and table, or was altered.',
  expired: 'This confirm_token has expired.',
  'other-arguments': 'The arguments are not those of the preview.',
  'other-data': 'The records are not as they were in the preview.',
  used: 'This confirm_token was used already.',
}

const KIND_NAMES: Readonly<Record<GuardedKind, string>> = {
  bulk: 'writes of so many records',
  live: 'writes to LIVE',
  delete: 'deletes',
}

function blocked(kinds: readonly GuardedKind[]): string {
  return `The operator has blocked ${kinds.map((kind) => KIND_NAMES[kind]).join(' and ')}.`
}
