/**
 * `int`: whole numbers of 64 bits, PostgreSQL's `bigint`. The gateway's width is unknown; the
 * widest rejects no value that a narrower one accepts.
 */
import { type ColumnCodec, LiteralError, rejectLiteral, shorten, trimSpace } from './codec.ts'

const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

/** Digits may be separated by single underscores, since PostgreSQL 16. */
const DECIMAL = /^([+-]?)(\d(?:_?\d)*)$/
const OTHER_BASE = /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)$/

export const intCodec: ColumnCodec = {
  keyed: false,
  parse(literal) {
    const number = parseInteger(literal)
    if (number === undefined) rejectLiteral('int', literal)
    if (number < MIN || number > MAX) {
      throw new LiteralError(`value ${shorten(literal)} is out of range for type int`)
    }
    return { value: number, key: number }
  },
  write(value, dialect) {
    return dialect.intForm === 'number' ? String(value) : `"${value}"`
  },
}

/** A whole number as PostgreSQL writes and reads it, of any size; undefined for anything else. */
export function parseInteger(literal: string): bigint | undefined {
  const text = trimSpace(literal)
  const match = DECIMAL.exec(text) ?? OTHER_BASE.exec(text)
  if (match?.[2] === undefined) return undefined
  const size = BigInt(match[2].replaceAll('_', ''))
  return match[1] === '-' ? -size : size
}
