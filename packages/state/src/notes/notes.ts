/**
 * Small texts that programs of one state leave for each other, and for themselves, until they expire: the
 * arguments of a call that waits for its confirmation, or that a token was used. Owners and keys are kept
 * as hashes alone.
 */

/** What notes are for. Those of different kinds do not meet. */
export type NoteKind =
  /** The arguments of calls that wait for a confirmation, by token. */
  | 'pending'
  /** Tokens that were used. */
  | 'used'
  /** Writes that a client was asked about. */
  | 'asked'
  /** Writes that a user declined. */
  | 'declined'
  /** Callers whose client has returned an answer of its user. */
  | 'answered'
  /** Records that a caller wrote recently without a confirmation. */
  | 'recent'
  /** Calls that were cancelled. */
  | 'cancelled'
  /** Keys that sign confirmations. */
  | 'keys'

/** The notes of one kind and one owner. All methods throw StorageError where they cannot be kept. */
export interface Notes {
  /**
   * Keeps a text unless there is one of this key; of two at once, one does.
   *
   * @param text without NUL; at most 1 MB
   * @param seconds how long it is kept
   * @returns false if there was one
   */
  add(key: string, text: string, seconds: number): Promise<boolean>
  /** Keeps a text in place of that of this key. */
  put(key: string, text: string, seconds: number): Promise<void>
  get(key: string): Promise<string | undefined>
  /** The texts of all keys, or of these. */
  list(keys?: readonly string[]): Promise<string[]>
  remove(key: string): Promise<void>
  /** Removes all of the owner. */
  clear(): Promise<void>
}

/** Of one kind and owner, the notes that expire last are kept. */
export const MAX_NOTES = 400
export const MAX_NOTE_BYTES = 50_000_000

/** Longer times are cut to it: a century. */
const MAX_SECONDS = 3_155_760_000

export function secondsOf(seconds: number): number {
  return Math.min(seconds, MAX_SECONDS)
}
