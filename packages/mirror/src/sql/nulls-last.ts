/**
 * Sorts nulls last. SQLite puts them first in ascending order and has no setting for it, so the
 * words are added to the text of a query. Pure.
 */
import { replaceAll } from './rewrite.ts'
import { type Token, tokenize } from './tokens.ts'

/**
 * A valid query in which each ascending term of an ORDER BY states NULLS LAST, unless it states
 * where nulls come: also in subqueries, windows and aggregates.
 */
export function sortNullsLast(sql: string): string {
  const tokens = tokenize(sql)
  const ends = tokens.flatMap((_, index) =>
    isOrderBy(tokens, index) ? undecidedEnds(tokens, index + 2) : [],
  )
  return replaceAll(
    sql,
    ends.map((end) => ({ start: end, end, text: ' NULLS LAST' })),
  )
}

function isOrderBy(tokens: readonly Token[], index: number): boolean {
  if (wordOf(tokens[index]) !== 'order' || wordOf(tokens[index + 1]) !== 'by') return false
  // The ORDER BY of an ordered-set aggregate takes an expression and no more.
  return !(wordOf(tokens[index - 2]) === 'group' && wordOf(tokens[index - 3]) === 'within')
}

/** Words after which an expression goes on: operators, and the parts of CASE. */
const OPERATORS = new Set(
  `and or not is in like glob regexp match between escape collate over when then else`.split(' '),
)

/** Words at the start of an operand that are not an operand themselves. */
const PREFIXES = new Set(`not case when exists distinct from`.split(' '))

const FRAMES = new Set(['rows', 'range', 'groups'])

/** The ends of the terms, from `start` on, that are ascending and do not state where nulls come. */
function undecidedEnds(tokens: readonly Token[], start: number): number[] {
  const ends: number[] = []
  let last: Token | undefined
  /** Whether an operand has just ended. Otherwise a word such as DESC is the name of a column. */
  let isComplete = false
  let isDecided = false
  const endTerm = (): void => {
    if (last !== undefined && !isDecided) ends.push(last.end)
    last = undefined
    isComplete = false
    isDecided = false
  }
  for (let index = start; index < tokens.length; index += 1) {
    const token = tokens[index] as Token
    const word = wordOf(token)
    if (token.text === ')' || word === 'limit' || (isComplete && FRAMES.has(word))) break
    if (token.text === ',') {
      endTerm()
      continue
    }
    if (token.text === '(') {
      index = closeOf(tokens, index)
      isComplete = true
    } else if (token.kind === 'sign') {
      isComplete = false
    } else if (!isComplete) {
      isComplete = !PREFIXES.has(word)
    } else if (word === 'desc' || word === 'nulls') {
      isDecided = true
    } else if (OPERATORS.has(word)) {
      isComplete = false
      // NOT LIKE and its kind are one operator.
      if (word === 'not' && OPERATORS.has(wordOf(tokens[index + 1]))) index += 1
    }
    last = tokens[index]
  }
  endTerm()
  return ends
}

/** The place of the parenthesis that closes the one at `open`. */
function closeOf(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let index = open; index < tokens.length; index += 1) {
    const text = tokens[index]?.text
    if (text === '(') depth += 1
    else if (text === ')') depth -= 1
    if (depth === 0) return index
  }
  return tokens.length - 1
}

/** A keyword, or an unquoted name, in lower case; empty for anything else. */
function wordOf(token: Token | undefined): string {
  return token?.kind === 'word' ? token.text.toLowerCase() : ''
}
