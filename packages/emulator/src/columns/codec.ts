import type { Dialect } from '@chatlayer-tables/contract'

/** The stored form of a value in SQLite: text, or an integer. */
export type Stored = string | bigint

export interface Cell {
  /** The form that the value is printed from. */
  readonly value: Stored
  /**
   * The form that SQLite compares (integers by size, text by its UTF-8 bytes), with PostgreSQL's
   * order and equality of the values.
   */
  readonly key: Stored
}

/** One column type: how it parses literals, prints JSON, and orders values. */
export interface ColumnCodec {
  /** Whether `key` differs from `value`, so that it needs its own column. */
  readonly keyed: boolean
  /** @throws LiteralError when the text is not a literal of the type */
  parse(literal: string, dialect: Dialect): Cell
  /** The stored value, where that may be less precise than what was sent. */
  keep?(cell: Cell, dialect: Dialect): Cell
  /** The value as JSON text. */
  write(value: Stored, dialect: Dialect): string
}

/** A text that is not a literal of its column's type; the message may be part of a response. */
export class LiteralError extends Error {
  override readonly name = 'LiteralError'
}

/** @throws LiteralError always */
export function rejectLiteral(type: string, literal: string): never {
  throw new LiteralError(`invalid input syntax for type ${type}: ${shorten(literal)}`)
}

/** A literal for a message: quoted, with control characters escaped, and truncated. */
export function shorten(literal: string): string {
  return JSON.stringify(literal.length > 80 ? `${literal.slice(0, 80)}…` : literal)
}

/** Trims exactly the white space of C's `isspace`, as PostgreSQL does for numbers and bool. */
export function trimSpace(literal: string): string {
  return literal.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
}
