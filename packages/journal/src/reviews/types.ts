/**
 * Reviews: writes that wait for a person who decides outside the program that asked for them. One store
 * serves all programs of a machine's user.
 */
import type { JournalConnection } from '../types.ts'

/**
 * - `pending`: nobody has decided
 * - `approved`: can be executed once, or is being executed
 * - `done`: was executed, or could not be
 */
export type ReviewState = 'pending' | 'approved' | 'done' | 'declined' | 'expired'

/** How a person decided: on a page in an assistant, at a prompt of `clt`, or on a page of `clt`. */
export type ReviewWay = 'view' | 'terminal' | 'browser'

/** Whose review it is: another caller can neither open nor approve it. */
export interface ReviewCaller {
  readonly place: JournalConnection
  /** The signed-in caller over HTTP; null for programs of the machine's user. */
  readonly principal: string | null
}

/** A row of a review. */
export interface NewReviewRow {
  /** Of id, values before and values after, hidden columns too. */
  readonly digest: string
  /** As pages show it: JSON of a `ChangeRow` without `index`, with masked and hidden values left out. */
  readonly shown: Readonly<Record<string, unknown>>
}

export interface ReviewRow extends NewReviewRow {
  /** Its place among the rows of its set, from 0; ticked rows are named by it. */
  readonly index: number
}

export interface NewReview extends ReviewCaller {
  /** `mcp`, or `clt`. */
  readonly program: string
  /** The program that asked the program, by its own name. */
  readonly client?: string | undefined
  /** Tool or command. */
  readonly command: string
  readonly table: string
  readonly version: string
  /** The arguments that execute the write. */
  readonly call: Readonly<Record<string, unknown>>
  /** What the write is bound to besides its rows, such as the digest of a file. */
  readonly bound: string
  /** As pages show it: JSON of `ChangesFacts` without `review`. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly note?: string | undefined
  readonly canTick: boolean
  /** By set of the facts. */
  readonly rows: readonly (readonly NewReviewRow[])[]
}

/** What was written, or why nothing was: JSON of a `WriteResult`. */
export type ReviewResult = Readonly<Record<string, unknown>>

export interface StoredReview extends Omit<NewReview, 'rows'> {
  /** Short; not a secret. */
  readonly id: string
  readonly state: ReviewState
  /** Of `bound` and all rows, whatever their order; see `digestOfRows`. */
  readonly digest: string
  /** Random, and never shown: with it, values that are not shown could be guessed by the digest. */
  readonly salt: string
  /** Number of rows, by set. */
  readonly rowCounts: readonly number[]
  /** ISO 8601. */
  readonly createdAt: string
  /** Until when it can be approved; of an approved one, until when its execution can begin. */
  readonly expiresAt: string
  readonly decision?: ReviewDecision | undefined
  /** Whether its execution has begun. */
  readonly isClaimed: boolean
  readonly result?: ReviewResult | undefined
}

export interface ReviewDecision {
  readonly way: ReviewWay
  /** ISO 8601. */
  readonly at: string
  readonly note?: string | undefined
  /** The approved rows by set; undefined for all. */
  readonly ticked?: readonly (readonly number[])[] | undefined
}

/**
 * What lets a person decide:
 * - from a view: the value that the latest opening of this review gave, and its caller
 * - from a program of the machine's owner: nothing more than access to the store
 */
export type ReviewProof =
  | { readonly way: 'view'; readonly nonce: string; readonly caller: ReviewCaller }
  | { readonly way: 'terminal' | 'browser' }

export interface Approval {
  /** Of the review as it was shown. */
  readonly digest: string
  /** The approved rows by set (default: all). */
  readonly ticked?: readonly (readonly number[])[] | undefined
  readonly note?: string | undefined
}

export type ReviewRefusal =
  /** There is none of this id, or it is another caller's. */
  | 'missing'
  /** It is not pending. */
  | 'decided'
  | 'expired'
  /** The value is not that of the latest opening, was used, or is too old. */
  | 'nonce'
  /** Other rows than those that were shown. */
  | 'digest'
  /** Rows that the review does not have, none at all, or a part of a review that has no parts. */
  | 'ticks'

export type ReviewOutcome =
  | { readonly ok: true; readonly review: StoredReview }
  | {
      readonly ok: false
      readonly reason: ReviewRefusal
      /** Undefined if it is missing. */
      readonly review?: StoredReview
    }

export interface ReviewFilter {
  /** Default: all. */
  readonly states?: readonly ReviewState[] | undefined
  readonly caller?: ReviewCaller | undefined
  /** The newest ones (default: 100). */
  readonly limit?: number | undefined
}

/** A store of reviews. Each call is one transaction: of two at once, one decides. */
export interface Reviews {
  /** @throws ReviewTooLargeError; StorageError where the store cannot be written */
  create(review: NewReview): Promise<StoredReview>
  find(id: string): Promise<StoredReview | undefined>
  /** Rows of a set, in their order. */
  rows(
    id: string,
    page: { readonly set: number; readonly offset: number; readonly limit: number },
  ): Promise<ReviewRow[]>
  /** The newest first. */
  list(filter?: ReviewFilter): Promise<StoredReview[]>
  /**
   * A new value that a view of this caller can approve with, once, within minutes; earlier ones end.
   * The store keeps only its hash.
   *
   * @returns undefined if the review is not pending, or another caller's
   */
  openNonce(id: string, caller: ReviewCaller): Promise<string | undefined>
  /** Approves all rows or some. Any try from a view uses up the value that it could approve with. */
  approve(id: string, approval: Approval, proof: ReviewProof): Promise<ReviewOutcome>
  decline(id: string, proof: ReviewProof, note?: string): Promise<ReviewOutcome>
  /** Declines in place of a person, since a newer review replaces this one. */
  withdraw(id: string): Promise<void>
  /** Begins the execution of an approved review: at most one call gets it. */
  claim(id: string): Promise<StoredReview | undefined>
  /** Ends the execution of a claimed review. */
  complete(id: string, result: ReviewResult): Promise<void>
  close(): Promise<void>
}
