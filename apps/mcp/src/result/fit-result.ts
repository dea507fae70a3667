/** Fits a result into the tokens that the caller has for it, by a real count. */
import { estimateTokens } from './budget.ts'
import { type Data, marked } from './marked.ts'
import { countTokens } from './token-counter.ts'

/** How a result is made smaller. */
interface Sizes {
  readonly min: number
  readonly max: number
  /** The result of a size. A larger size takes more tokens. */
  readonly render: (size: number) => Data
}

/** A result that takes this share of its budget is large enough. */
const ENOUGH = 0.97

/** No text has more characters per token. */
const MAX_TOKEN_LENGTH = 40

/** Typical characters per token, for the first guess. */
const TOKEN_LENGTH = 2.5

/** The estimate is too low for some texts by up to this factor. */
const SAFETY = 1.25

/**
 * The largest size whose result takes at most `tokens`, or one that takes nearly as many; undefined if
 * not even the smallest fits.
 */
export async function largestSize(tokens: number, sizes: Sizes): Promise<number | undefined> {
  const { min, max, render } = sizes
  const whole = textOf(render(max))
  if (isSmall(whole, tokens)) return max
  let low = { size: min - 1, tokens: 0 }
  let high = { size: max + 1, tokens: Number.POSITIVE_INFINITY }
  let next = Math.round((max * tokens * TOKEN_LENGTH) / whole.length)
  for (let round = 1; high.size - low.size > 1 && low.tokens < tokens * ENOUGH; round++) {
    const size = Math.min(high.size - 1, Math.max(low.size + 1, next))
    const counted = { size, tokens: await countUpTo(textOf(render(size)), tokens) }
    if (counted.tokens <= tokens) low = counted
    else high = counted
    next = round % 3 === 0 ? (low.size + high.size) >> 1 : interpolated(low, high, tokens)
  }
  return low.size < min ? undefined : low.size
}

interface Counted {
  readonly size: number
  readonly tokens: number
}

/** The size that should take almost `tokens`, if they grow evenly. */
function interpolated(low: Counted, high: Counted, tokens: number): number {
  const wanted = (tokens * (1 + ENOUGH)) / 2
  if (high.tokens === Number.POSITIVE_INFINITY) {
    return low.tokens === 0 ? low.size + 1 : Math.floor((low.size * wanted) / low.tokens)
  }
  const share = (wanted - low.tokens) / (high.tokens - low.tokens)
  return low.size + Math.floor((high.size - low.size) * share)
}

function textOf(data: Data): string {
  return JSON.stringify(marked(data))
}

/** Whether a text takes at most `tokens` without doubt. */
function isSmall(text: string, tokens: number): boolean {
  if (text.length <= tokens && Buffer.byteLength(text) <= tokens) return true
  return text.length <= tokens * TOKEN_LENGTH * 2 && estimateTokens(text) * SAFETY <= tokens
}

/** The tokens of a text; infinite if it is much too long, without a count. */
async function countUpTo(text: string, tokens: number): Promise<number> {
  return text.length > tokens * MAX_TOKEN_LENGTH ? Number.POSITIVE_INFINITY : countTokens(text)
}
