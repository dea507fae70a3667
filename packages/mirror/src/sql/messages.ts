/** Turns SQLite's error messages into errors with a position and a hint. Pure. */
import { nearest } from '@chatlayer-tables/core'
import { type Position, SqlError, SqlLimitError } from '../errors.ts'
import { foldName } from '../names.ts'
import { FUNCTIONS } from './access.ts'
import type { QueryFailure } from './engine.ts'
import { isName, type Token } from './tokens.ts'

/** The tables and columns that a query may name. */
export interface Known {
  readonly tables: readonly {
    readonly schema: string
    readonly name: string
    readonly columns: readonly string[]
  }[]
}

const MAX_LISTED = 20

/**
 * The error of a query, from SQLite's message.
 *
 * @param sql the query as written, with its tokens
 * @param suspects the tokens at which a syntax error may be, in the order that was asked with
 */
export function explainFailure(
  { reply }: QueryFailure,
  sql: string,
  tokens: readonly Token[],
  suspects: readonly Token[],
  known: Known,
): SqlError | SqlLimitError {
  const { message, refusal, at } = reply
  if (refusal !== undefined) {
    const name = refusal.slice(refusal.lastIndexOf(' ') + 1)
    const token = tokens.find(({ value }) => foldName(value) === foldName(name))
    return new SqlError(`${refusal} is not allowed here`, {
      kind: 'refused',
      hint: 'Queries read the tables of the bot and nothing else.',
      position: token && positionAt(sql, token.start),
    })
  }
  // For a name in double quotes, SQLite asks whether it was meant as text.
  const [, plain = message] = /^(no such column: )"(.*)" - should this be/s.exec(message) ?? []
  const quoted = plain === message ? undefined : /"(.*)" - should/s.exec(message)?.[1]
  const [, what, name = quoted] =
    /^no such (table|column|function|table-valued function): (.+)?$/s.exec(plain) ?? []
  if (what !== undefined && name !== undefined) {
    const token = findName(tokens, name)
    return new SqlError(`there is no ${what} "${name}"`, {
      kind: 'wrong',
      hint: hintFor(what, name, tokens, known),
      position: token && positionAt(sql, token.start),
    })
  }
  if (/^(string or blob too big|out of memory)/.test(message)) {
    return new SqlLimitError(
      'size',
      'the query makes a value that is too large, and was stopped',
      'The limit for a value is 64 MB.',
    )
  }
  const suspect = at === undefined ? undefined : suspects[at]
  const ambiguous = /^ambiguous column name: (.+)$/.exec(message)?.[1]
  const misused =
    /^(?:wrong number of arguments to function |misuse of (?:aggregate|window function)[:]? ?)(\w+)/.exec(
      message,
    )?.[1]
  const named = ambiguous ?? misused
  const token = suspect ?? (named === undefined ? undefined : findName(tokens, named))
  const end = /^incomplete input/.test(message) ? sql.length : undefined
  const offset = token?.start ?? end
  return new SqlError(message, {
    kind: 'wrong',
    position: offset === undefined ? undefined : positionAt(sql, offset),
    hint:
      ambiguous === undefined
        ? undefined
        : `Several tables have it: name one, such as table.${ambiguous}.`,
  })
}

/** The tokens that an error of SQLite's may name. */
export function suspectsOf(tokens: readonly Token[]): Token[] {
  return tokens.slice(0, 1_000)
}

export function positionAt(sql: string, offset: number): Position {
  const before = sql.slice(0, offset)
  const line = before.split('\n').length
  return { offset, line, column: offset - before.lastIndexOf('\n') }
}

/** The first token of this name or of its last part; SQLite's messages have no quotes. */
function findName(tokens: readonly Token[], name: string): Token | undefined {
  const folded = foldName(name)
  const whole = tokens.find((token) => isName(token) && foldName(token.value) === folded)
  if (whole !== undefined) return whole
  return tokens.find((token, index) => {
    if (!isName(token) || tokens[index - 1]?.text === '.') return false
    let text = token.value
    for (let next = index + 1; tokens[next]?.text === '.'; next += 2) {
      text += `.${tokens[next + 1]?.value ?? ''}`
      if (foldName(text) === folded) return true
    }
    return false
  })
}

function hintFor(
  what: string,
  name: string,
  tokens: readonly Token[],
  { tables }: Known,
): string | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1)
  if (what === 'function') {
    const near = nearest(name, FUNCTIONS)
    return near === undefined ? undefined : `Did you mean ${near}?`
  }
  if (what === 'column') {
    const written = new Set(tokens.filter(isName).map(({ value }) => foldName(value)))
    const named = tables.filter((table) => written.has(foldName(table.name)))
    const columns = [...new Set((named.length > 0 ? named : tables).flatMap((t) => t.columns))]
    const near = nearest(last, columns)
    if (near !== undefined) return `Did you mean "${near}"?`
    const text = tokens.find(({ value }) => value === name)
    if (text?.kind === 'quoted') return "Write text in single quotes: 'text'."
    return named.length === 0 ? undefined : `Its columns: ${list(columns)}.`
  }
  const full = tables.map((table) => `${table.schema}.${table.name}`)
  const names = [...new Set(tables.map((table) => table.name))]
  const near = name.includes('.') ? nearest(name, full) : nearest(name, names)
  if (near !== undefined) return `Did you mean "${near}"?`
  return names.length === 0 ? 'There are no tables.' : `The tables: ${list(names)}.`
}

function list(names: readonly string[]): string {
  return names.slice(0, MAX_LISTED).join(', ') + (names.length > MAX_LISTED ? ', …' : '')
}
