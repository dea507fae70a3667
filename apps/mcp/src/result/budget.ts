/** Fits a result into the number of tokens that the caller has for it. */
import { STANDARD_NOTICE, visibleDeep } from './untrusted.ts'

/**
 * Pieces of text, each with an approximate upper bound of its tokens. The bounds exceed what the public
 * GPT and Claude tokenizers need for prose, ids, hex, base64 and CSV; a character outside of ASCII takes
 * at most its bytes. JSON punctuation, counted one by one, leaves slack for odd cases.
 */
const PIECES = /([A-Z]?[a-z]+)|([A-Z]+|\d+)|(\s+)|(\p{ASCII})|./gsv

/** Longer runs of lower-case letters are rarely words, and random letters take twice the tokens. */
const MAX_WORD_LENGTH = 16

/** An estimate of the tokens of a text, rather too high than too low: clients cut results over their budget. */
export function estimateTokens(text: string): number {
  let tokens = 0
  for (const [piece, word, run, space, ascii] of text.matchAll(PIECES)) {
    if (word !== undefined && piece.length <= MAX_WORD_LENGTH) tokens += Math.ceil(piece.length / 3)
    else if (word !== undefined || run !== undefined) tokens += Math.ceil((piece.length * 2) / 3)
    else if (space !== undefined) tokens += Math.ceil(piece.length / 3)
    else if (ascii !== undefined) tokens += 1
    else tokens += Buffer.byteLength(piece)
  }
  return tokens
}

/** The items that fit, and the tokens of the first one that does not. */
export interface Fit<Item> {
  readonly items: readonly Item[]
  /** Tokens of the first item that does not fit; undefined if all fit. */
  readonly overflow: number | undefined
}

/**
 * The leading items whose JSON, as it will be shown, fits into `tokens`. Only whole items: half a record
 * would be read as a whole one.
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

/** The text, cut so that it takes at most `tokens` when shown. */
export function cutToTokens(text: string, tokens: number): string {
  // Tokens are rarely longer than this, so only this much of the text is examined.
  let cut = text.slice(0, tokens * 8)
  while (costOf(cut) > tokens) cut = cut.slice(0, Math.floor(cut.length * 0.8))
  return cut.length === text.length ? text : `${cut}…`
}

/** Tokens of a value as it will be shown, with the comma after it. */
export function costOf(value: unknown): number {
  return estimateTokens(JSON.stringify(visibleDeep(value)) ?? '') + 1
}

/** The standard sentences of a notice, at their longest. */
const NOTICE_TOKENS = estimateTokens(`"notice":"${STANDARD_NOTICE}",`)

/** The lists of a result by name, the most important first. */
type Lists = Readonly<Record<string, readonly unknown[]>>

/** The items of each list that fit. */
export interface Room<L extends Lists> {
  readonly lists: { readonly [Name in keyof L]: L[Name] }
  /** By list: the tokens of the first item that does not fit; undefined if all fit. */
  readonly overflow: { readonly [Name in keyof L]: number | undefined }
}

/**
 * The leading items of each list that fit into `tokens` together with the rest of the result.
 *
 * @param frame the result without its lists, with its longest possible notice
 */
export function fitLists<const L extends Lists>(frame: unknown, lists: L, tokens: number): Room<L> {
  const names = Object.keys(lists)
  const empty = Object.fromEntries(names.map((name) => [name, []]))
  let left = tokens - NOTICE_TOKENS - costOf(frame) - costOf(empty)
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
