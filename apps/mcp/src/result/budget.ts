/** How much of an answer fits into what the caller has tokens for. */
import { visibleDeep } from './untrusted.ts'

/**
 * What text is cut into, and how many tokens each piece takes at most, near enough. The figures are
 * above what the public GPT and Claude tokenizers need on prose, ids, hex, base64, CSV and the
 * scripts of the world; JSON's punctuation, counted one by one, is slack for odd cases.
 */
const PIECES =
  /([A-Z]?[a-z]+)|([A-Z]+|\d+)|(\s+)|(\p{ASCII})|([\p{L}&&[\u0080-\u07ff]])|([\p{L}&&[\u3040-\u9fff\uac00-\ud7af]])|./gsv

/** Small letters in a row beyond this are rarely words, and random ones take twice the tokens. */
const MAX_WORD_LENGTH = 16

/** About how many tokens a text takes, rather too many than too few: an answer over its budget is cut by the client. */
export function estimateTokens(text: string): number {
  let tokens = 0
  for (const [piece, word, run, space, ascii, letter, ideograph] of text.matchAll(PIECES)) {
    if (word !== undefined && piece.length <= MAX_WORD_LENGTH) tokens += Math.ceil(piece.length / 3)
    else if (word !== undefined || run !== undefined) tokens += Math.ceil((piece.length * 2) / 3)
    else if (space !== undefined) tokens += Math.ceil(piece.length / 3)
    else if (ascii !== undefined || letter !== undefined) tokens += 1
    else if (ideograph !== undefined) tokens += 1.5
    else tokens += Buffer.byteLength(piece)
  }
  return Math.ceil(tokens)
}

/** What went in, and what the first item left out would have needed. */
export interface Fit<Item> {
  readonly items: readonly Item[]
  /** Tokens of the first item that found no room; undefined when all did. */
  readonly overflow: number | undefined
}

/**
 * The leading items whose JSON, as it will be shown, fits into `tokens`. Whole items only: half a record would be read as
 * a whole one.
 */
export function fitItems<Item>(items: readonly Item[], tokens: number): Fit<Item> {
  let left = tokens
  for (const [index, item] of items.entries()) {
    const cost = costOf(item)
    if (cost > left) return { items: items.slice(0, index), overflow: cost }
    left -= cost
  }
  return { items, overflow: undefined }
}

/** The text, or as much of its beginning as takes `tokens` at most when shown. */
export function cutToTokens(text: string, tokens: number): string {
  // No token is longer than this in what is worth reading; beyond it only the beginning is looked at.
  let cut = text.slice(0, tokens * 8)
  while (costOf(cut) > tokens) cut = cut.slice(0, Math.floor(cut.length * 0.8))
  return cut.length === text.length ? text : `${cut}…`
}

function costOf(value: unknown): number {
  return estimateTokens(JSON.stringify(visibleDeep(value)) ?? '') + 1
}

/** What every answer has beside its data: the sentences that say how to read it, at their longest. */
const MARKS_TOKENS = 60

/** Lists of an answer by their names, those that matter most first. */
type Lists = Readonly<Record<string, readonly unknown[]>>

/** How many items of each list an answer has room for. */
export interface Room<L extends Lists> {
  readonly lists: { readonly [Name in keyof L]: L[Name] }
  /** Tokens of the first item that found no room, by list; undefined where all did. */
  readonly overflow: { readonly [Name in keyof L]: number | undefined }
}

/**
 * The leading items of each list that fit into `tokens` together with the rest of the answer, its
 * longest notice and all.
 *
 * @param frame the answer without its lists
 */
export function fitLists<const L extends Lists>(frame: unknown, lists: L, tokens: number): Room<L> {
  const names = Object.keys(lists)
  const empty = Object.fromEntries(names.map((name) => [name, []]))
  let left = tokens - MARKS_TOKENS - costOf(frame) - costOf(empty)
  const fitted: Record<string, readonly unknown[]> = {}
  const overflow: Record<string, number | undefined> = {}
  for (const [index, name] of names.entries()) {
    const { items, overflow: over } = fitItems(lists[name] ?? [], left)
    fitted[name] = items
    overflow[name] = over
    if (index === names.length - 1) break
    left -= items.reduce<number>((sum, item) => sum + costOf(item), 0)
  }
  return { lists: fitted, overflow } as Room<L>
}
