/**
 * Conditions on the command line, one comparison each:
 *
 *     age >= 18
 *     city = 'New York'
 *     "Phone number" startswith +32
 *     name icontains hall
 *     state in (NY, NJ, 'New Hampshire')
 *     closed is not null
 *
 * Names and values of one word need no quotes; others need single or double quotes, inside which the
 * quote itself is doubled. Keywords are case-insensitive.
 */
import type { RecordField } from '@chatlayer-tables/contract'
import type { Comparison, Sort, Where } from '@chatlayer-tables/core'
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

/** Comparisons that are written as one word; those with an i ignore letter case. */
const MATCHINGS = [
  'contains',
  'startsWith',
  'endsWith',
  'icontains',
  'istartsWith',
  'iendsWith',
  'ieq',
] as const satisfies readonly (keyof Comparison)[]

const WORDS: ReadonlyMap<string, (typeof MATCHINGS)[number]> = new Map(
  MATCHINGS.map((name) => [name.toLowerCase(), name]),
)

const OPERATORS = `= != > >= < <= in, not in, ${[...WORDS.keys()].join(', ')}, is null, is not null`

/** Without quotes, these are the record's own fields. Not imported: the contract loads zod. */
export const RECORD_FIELDS: readonly RecordField[] = ['id', 'createdAt', 'updatedAt']

/**
 * Parses one condition. Values stay text, since their columns determine how they are read.
 *
 * @throws UsageError that states what was expected
 */
export function parseWhere(text: string): Where {
  const tokens = tokenize(text)
  const [name, ...rest] = tokens
  if (name === undefined || name.kind === 'symbol') fail(text, 'expected a column first')
  const comparison = readComparison(text, rest)
  return { [nameInQuery(name)]: comparison }
}

/**
 * ANDs all `--where` and the `--filter` of a command; undefined if there are none.
 */
export function combineWhere(
  conditions: readonly string[],
  filter: Where | undefined,
): Where | undefined {
  const all = [...conditions.map(parseWhere), ...(filter === undefined ? [] : [filter])]
  return all.length > 1 ? { and: all } : all[0]
}

/** Parses comma-separated columns, such as `iata, "Phone number"`; returns them without quotes. */
export function parseColumns(text: string): string[] {
  return readList(text, tokenize(text)).map((token) => token.text)
}

/** A column, or a field that every record has. */
export type Field = { readonly meta: RecordField } | { readonly column: string }

/**
 * Parses comma-separated columns and record fields: `id`, `createdAt` and `updatedAt` are the record's
 * own, as in conditions, and a column of such a name is written in double quotes.
 */
export function parseFields(text: string): Field[] {
  return readList(text, tokenize(text)).map(({ kind, text: name }) =>
    kind === 'word' && isRecordField(name) ? { meta: name } : { column: name },
  )
}

/** The fields of all `--select` of a command; undefined if there is none. */
export function readSelect(texts: readonly string[]): Field[] | undefined {
  return texts.length === 0 ? undefined : texts.flatMap(parseFields)
}

/** A field in the form of the client's queries. */
export function fieldInQuery(field: Field): string {
  return 'meta' in field ? field.meta : nameInQuery({ kind: 'quoted', text: field.column })
}

/** The columns among the fields, in the form of the client's queries. */
export function columnsInQuery(fields: readonly Field[] | undefined): string[] | undefined {
  return fields?.filter((field) => 'column' in field).map(fieldInQuery)
}

function isRecordField(name: string): name is RecordField {
  return RECORD_FIELDS.some((field) => field === name)
}

/**
 * Parses comma-separated columns to sort by, optionally with a direction and where nulls come:
 * `state, latitude:desc, closed:nulls-first, opened:desc:nulls-first`.
 */
export function parseSort(text: string): Sort[] {
  return readList(text, tokenize(text)).map((token) => {
    const [, name = token.text, direction, nulls] =
      token.kind === 'word' ? (SORT_SUFFIX.exec(token.text) ?? []) : []
    const column = nameInQuery({ kind: token.kind, text: name })
    return {
      column,
      direction: direction?.toLowerCase() === 'desc' ? 'desc' : 'asc',
      ...(nulls?.toLowerCase() === 'first' && { nulls: 'first' }),
    }
  })
}

const SORT_SUFFIX = /^(.+?)(?::(asc|desc))?(?::nulls-(first|last))?$/is

/** Quotes a name, so that all of it is read as a name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A name in the form of the client's conditions, where double quotes mark a column. */
function nameInQuery({ kind, text }: Token): string {
  const isOwn = isRecordField(text)
  if (kind === 'word' && isOwn) return text
  const isPlain = !isOwn && !['and', 'or', 'not'].includes(text) && !/^".*"$/s.test(text)
  return isPlain ? text : `"${text}"`
}

function readComparison(text: string, tokens: readonly Token[]): Where {
  const [operator, ...rest] = tokens
  if (operator === undefined) fail(text, `expected an operator after the column: ${OPERATORS}`)
  if (operator.kind === 'symbol' && isKeyOf(SYMBOLS, operator.text)) {
    return { [SYMBOLS[operator.text]]: readValue(text, rest) }
  }
  const word = operator.kind === 'word' ? operator.text.toLowerCase() : ''
  const following = wordsOf(rest)
  const matching = WORDS.get(word)
  if (matching !== undefined) return { [matching]: readValue(text, rest) }
  if (word === 'in') return { in: readParenthesized(text, rest) }
  if (word === 'not' && following[0] === 'in') {
    return { nin: readParenthesized(text, rest.slice(1)) }
  }
  if (word === 'is' && following.join(' ') === 'null') return { isNull: true }
  if (word === 'is' && following.join(' ') === 'not null') return { isNull: false }
  return fail(text, `"${operator.text}" is not an operator; use one of ${OPERATORS}`)
}

function readValue(text: string, tokens: readonly Token[]): string {
  const [value, next] = tokens
  if (value === undefined || value.kind === 'symbol')
    fail(text, 'expected a value after the operator')
  if (next?.kind === 'word' && ['and', 'or'].includes(next.text.toLowerCase())) {
    fail(text, 'expected one comparison; repeat --where to AND several, or use --filter')
  }
  if (next !== undefined) fail(text, 'a value of several words needs quotes')
  if (value.kind === 'word' && value.text.toLowerCase() === 'null') {
    fail(text, "use `is null` for null, or 'null' in quotes for the text")
  }
  return value.text
}

function readParenthesized(text: string, tokens: readonly Token[]): string[] {
  const inner = tokens.slice(1, -1)
  if (tokens[0]?.text !== '(' || tokens.at(-1)?.text !== ')' || inner.length === 0) {
    fail(text, 'expected a list after in: state in (NY, NJ)')
  }
  return readList(text, inner).map((token) => token.text)
}

function readList(text: string, tokens: readonly Token[]): Token[] {
  const items = tokens.filter((_, index) => index % 2 === 0)
  const commas = tokens.filter((_, index) => index % 2 === 1)
  const isValid =
    items.length > commas.length &&
    items.every(({ kind }) => kind !== 'symbol') &&
    commas.every((token) => token.kind === 'symbol' && token.text === ',')
  return isValid
    ? items
    : fail(
        text,
        'expected commas between the entries of the list; put quotes around special characters',
      )
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
    if (groups === undefined) fail(text, `invalid from here: ${shorten(text.slice(at))}`)
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

/** Maximum characters of a condition in an error; it can be as long as a command line. */
const MAX_QUOTED = 120

function shorten(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text
}

function fail(text: string, expected: string): never {
  throw new UsageError(
    `invalid condition ${shorten(text)}: ${expected}`,
    `Examples: "age >= 18", "city = 'New York'", "state in (NY, NJ)", "closed is null".`,
  )
}
