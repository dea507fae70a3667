/** The text of an expression: what is refused before SQLite sees it, and errors about it. Pure. */
import { nearest } from '@chatlayer-tables/core'
import { ExpressionError, SqlLimitError } from '../errors.ts'
import { foldName, OWN_PREFIX } from '../names.ts'
import type { QueryFailure } from '../sql/engine.ts'
import { explainFailure, suspectsOf } from '../sql/messages.ts'
import { isName, type Token, tokenize } from '../sql/tokens.ts'

/** An expression for the new values of a column. */
export interface Expression {
  readonly column: string
  readonly text: string
  readonly tokens: readonly Token[]
}

/** The names that an expression may use. */
export interface RecordNames {
  readonly table: string
  readonly columns: readonly string[]
  /** The columns that may not be read. */
  readonly masked: readonly string[]
}

const ALLOWED =
  'An expression computes from the columns of its own record: no other tables or records, no random values, and no second statement.'

/** @throws ExpressionError for a text that is certainly not one expression */
export function parseExpression(column: string, text: string): Expression {
  const refuse = (message: string, kind: 'wrong' | 'refused' = 'wrong'): ExpressionError =>
    new ExpressionError(column, message, { kind, hint: kind === 'refused' ? ALLOWED : undefined })
  if (text.includes('\0')) throw refuse('it must not contain NUL')
  const tokens = tokenize(text)
  if (tokens.length === 0) throw refuse('it is empty')
  let depth = 0
  for (const token of tokens) {
    if (token.kind === 'broken') throw refuse(`${token.text.slice(0, 1)} is never closed`)
    if (token.kind === 'parameter') {
      throw refuse(`it has the parameter ${token.text.slice(0, 40)}, but there are no parameters`)
    }
    if (token.text === ';') throw refuse('; is not allowed here', 'refused')
    if (isName(token) && foldName(token.value).startsWith(OWN_PREFIX)) {
      throw refuse(`the name ${token.value.slice(0, 40)} is not allowed here`, 'refused')
    }
    if (token.text === '(') depth += 1
    if (token.text === ')') depth -= 1
    if (depth < 0) throw refuse('a ) closes nothing')
  }
  if (depth > 0) throw refuse('a ( is never closed')
  return { column, text, tokens }
}

/** The error of an expression, from SQLite's message. */
export function explainExpression(
  failure: QueryFailure,
  { column, text, tokens }: Expression,
  names: RecordNames,
): ExpressionError {
  const { message } = failure.reply
  const unknown = /^no such column: "?(.+?)"?(?: - should .*)?$/s.exec(message)?.[1] ?? ''
  const name = unknown.slice(unknown.lastIndexOf('.') + 1)
  const masked = names.masked.find((one) => foldName(one) === foldName(name))
  if (masked !== undefined) {
    return new ExpressionError(column, `the values of "${masked}" are masked`, {
      kind: 'refused',
      hint: 'Masked values cannot be used in an expression.',
    })
  }
  if (/^misuse of (?:aggregate|window)/.test(message)) {
    return new ExpressionError(column, message, { kind: 'wrong', hint: ALLOWED })
  }
  const known = { tables: [{ schema: '', name: names.table, columns: names.columns }] }
  const error = explainFailure(failure, text, tokens, suspectsOf(tokens), known)
  const details = { hint: error.hint, cause: failure }
  if (error instanceof SqlLimitError) {
    return new ExpressionError(column, 'a value is too large', { ...details, kind: 'stopped' })
  }
  const isForeign = error.kind === 'refused' || /^no such table/.test(message)
  const hint = isForeign ? ALLOWED : (details.hint ?? columnHint(message, name, names))
  return new ExpressionError(column, error.message, { ...details, hint, kind: error.kind })
}

const MAX_LISTED = 20

function columnHint(message: string, name: string, { columns }: RecordNames): string | undefined {
  if (!/^no such column/.test(message)) return undefined
  const near = nearest(name, columns)
  if (near !== undefined) return `Did you mean "${near}"?`
  return `Columns: ${columns.slice(0, MAX_LISTED).join(', ')}${columns.length > MAX_LISTED ? ', …' : ''}.`
}
