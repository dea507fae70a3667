import type { Dialect } from '@chatlayer-tables/contract'

/** What SQLite keeps of a value: text, or an integer. */
export type Stored = string | bigint

export interface Cell {
  /** From which the value is written out again. */
  readonly value: Stored
  /**
   * Orders and equals as PostgreSQL orders and equals the values, when SQLite compares it (integers
   * by size, text by its UTF-8 bytes).
   */
  readonly key: Stored
}

/** One column type: its literals in, its JSON out, its order. */
export interface ColumnCodec {
  /** Whether `key` differs from `value`, so that it needs a place of its own. */
  readonly keyed: boolean
  /** @throws LiteralError when the text is no literal of the type */
  parse(literal: string, dialect: Dialect): Cell
  /** What is stored of a value, where that may be less than was sent. */
  keep?(cell: Cell, dialect: Dialect): Cell
  /** The value as JSON text. */
  write(value: Stored, dialect: Dialect): string
}

/** A text that is no literal of its column's type; the message is fit for an answer. */
export class LiteralError extends Error {
  override readonly name = 'LiteralError'
}

/** @throws LiteralError always */
export function refuse(type: string, literal: string): never {
  throw new LiteralError(`invalid input syntax for type ${type}: ${shorten(literal)}`)
}

/** A literal for a message: quoted, control characters escaped, long ones cut. */
export function shorten(literal: string): string {
  return JSON.stringify(literal.length > 80 ? `${literal.slice(0, 80)}…` : literal)
}

/** Trims what C's `isspace` calls space, and nothing else, as PostgreSQL's number and bool input does. */
export function trimSpace(literal: string): string {
  return literal.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
}
