/**
 * Conditions as they are written on the command line, one comparison each:
 *
 *     age >= 18
 *     city = 'New York'
 *     "Phone number" startswith +32
 *     state in (NY, NJ, 'New Hampshire')
 *     closed is not null
 *
 * A name or value of one word stands as it is; any other stands in single or double quotes, in which
 * the quote itself is written twice. Words of the language are read in any letter case.
 */
import type { Sort, Where } from '@chatlayer-tables/core'
import { UsageError } from './failures.ts'

type Token =
  | { readonly kind: 'word' | 'quoted'; readonly text: string }
  | { readonly kind: 'symbol'; readonly text: string }

const SYMBOLS = {
  '=': 'eq',
  '!=': 'ne',
  '<>': 'ne',
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
} as const

const WORDS = { contains: 'contains', startswith: 'startsWith', endswith: 'endsWith' } as const

const OPERATORS = '= != > >= < <= in, not in, contains, startswith, endswith, is null, is not null'

/** These name a part of the record itself when written without quotes. */
const RECORD_PARTS = ['id', 'createdAt', 'updatedAt']

/**
 * Reads one condition. Values stay text: what they mean is settled by the type of their column.
 *
 * @throws UsageError says what was expected where
 */
export function parseWhere(text: string): Where {
  const tokens = tokenize(text)
  const [name, ...rest] = tokens
  if (name === undefined || name.kind === 'symbol') fail(text, 'it begins with a column')
  const comparison = readComparison(text, rest)
  return { [nameInQuery(name)]: comparison }
}

/**
 * The condition for all `--where` and the `--filter` of a command, which are ANDed; undefined when
 * there are none.
 */
export function combineWhere(
  conditions: readonly string[],
  filter: Where | undefined,
): Where | undefined {
  const all = [...conditions.map(parseWhere), ...(filter === undefined ? [] : [filter])]
  return all.length > 1 ? { and: all } : all[0]
}

/** Columns with commas between, such as `iata, "Phone number"`; without their quotes. */
export function parseColumns(text: string): string[] {
  return readList(text, tokenize(text)).map((token) => token.text)
}

/** Columns to sort by, with commas between, each perhaps with a direction: `state, latitude:desc`. */
export function parseSort(text: string): Sort[] {
  return readList(text, tokenize(text)).map((token) => {
    const [, name = token.text, direction] =
      token.kind === 'word' ? (/^(.+):(asc|desc)$/i.exec(token.text) ?? []) : []
    const column = nameInQuery({ kind: token.kind, text: name })
    return { column, direction: direction?.toLowerCase() === 'desc' ? 'desc' : 'asc' }
  })
}

/** A name in the quotes that keep all of it a name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A name as the client's conditions want it, where a column can be said in double quotes. */
function nameInQuery({ kind, text }: Token): string {
  const isOwn = RECORD_PARTS.includes(text)
  if (kind === 'word' && isOwn) return text
  const isPlain = !isOwn && !['and', 'or', 'not'].includes(text) && !/^".*"$/s.test(text)
  return isPlain ? text : `"${text}"`
}

function readComparison(text: string, tokens: readonly Token[]): Where {
  const [operator, ...rest] = tokens
  if (operator === undefined) fail(text, `an operator follows the column: ${OPERATORS}`)
  if (operator.kind === 'symbol' && isKeyOf(SYMBOLS, operator.text)) {
    return { [SYMBOLS[operator.text]]: readValue(text, rest) }
  }
  const word = operator.kind === 'word' ? operator.text.toLowerCase() : ''
  const following = wordsOf(rest)
  if (isKeyOf(WORDS, word)) return { [WORDS[word]]: readValue(text, rest) }
  if (word === 'in') return { in: readParenthesized(text, rest) }
  if (word === 'not' && following[0] === 'in') {
    return { nin: readParenthesized(text, rest.slice(1)) }
  }
  if (word === 'is' && following.join(' ') === 'null') return { isNull: true }
  if (word === 'is' && following.join(' ') === 'not null') return { isNull: false }
  return fail(text, `"${operator.text}" is no operator; there are ${OPERATORS}`)
}

function readValue(text: string, tokens: readonly Token[]): string {
  const [value, next] = tokens
  if (value === undefined || value.kind === 'symbol') fail(text, 'a value follows the operator')
  if (next?.kind === 'word' && ['and', 'or'].includes(next.text.toLowerCase())) {
    fail(text, 'it holds one comparison; repeat --where to AND several, or use --filter')
  }
  if (next !== undefined) fail(text, 'a value of several words stands in quotes')
  if (value.kind === 'word' && value.text.toLowerCase() === 'null') {
    fail(text, "null is asked for by `is null`; the text null is written 'null'")
  }
  return value.text
}

function readParenthesized(text: string, tokens: readonly Token[]): string[] {
  const inner = tokens.slice(1, -1)
  if (tokens[0]?.text !== '(' || tokens.at(-1)?.text !== ')' || inner.length === 0) {
    fail(text, 'in takes a list: state in (NY, NJ)')
  }
  return readList(text, inner).map((token) => token.text)
}

function readList(text: string, tokens: readonly Token[]): Token[] {
  const items = tokens.filter((_, index) => index % 2 === 0)
  const commas = tokens.filter((_, index) => index % 2 === 1)
  const sound =
    items.length > commas.length &&
    items.every(({ kind }) => kind !== 'symbol') &&
    commas.every((token) => token.kind === 'symbol' && token.text === ',')
  return sound
    ? items
    : fail(text, 'a list has commas between its entries; odd ones stand in quotes')
}

function wordsOf(tokens: readonly Token[]): string[] {
  return tokens.map(({ kind, text }) => (kind === 'word' ? text.toLowerCase() : `<${kind}>`))
}

const TOKEN =
  /\s*(?:'(?<single>(?:[^']|'')*)'|"(?<double>(?:[^"]|"")*)"|(?<symbol>[<>!]=|<>|[=<>(),])|(?<word>[^\s'"=<>!(),]+))\s*/y

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const groups = TOKEN.exec(text)?.groups
    if (groups === undefined) fail(text, `it cannot be read from here on: ${brief(text.slice(at))}`)
    const { single, double, symbol, word } = groups
    if (single !== undefined) tokens.push({ kind: 'quoted', text: single.replaceAll("''", "'") })
    else if (double !== undefined)
      tokens.push({ kind: 'quoted', text: double.replaceAll('""', '"') })
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol })
    else tokens.push({ kind: 'word', text: word ?? '' })
  }
  return tokens
}

function isKeyOf<T extends object>(object: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(object, key)
}

/** A condition can be as long as a command line. */
const MOST_QUOTED = 120

function brief(text: string): string {
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text
}

function fail(text: string, expected: string): never {
  throw new UsageError(
    `cannot read the condition ${brief(text)}: ${expected}`,
    `Conditions look like: "age >= 18", "city = 'New York'", "state in (NY, NJ)", "closed is null".`,
  )
}
