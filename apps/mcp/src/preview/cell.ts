import { stringifyJson, type Values } from '@chatlayer-tables/core'
import { shortCell } from '../result/cells.ts'

/** A record's value; null if it has none. Column names may be those of inherited properties. */
export function cellOf(record: Values | undefined, column: string): unknown {
  return record !== undefined && Object.hasOwn(record, column) ? (record[column] ?? null) : null
}

export function isSame(one: unknown, other: unknown): boolean {
  return one === other || stringifyJson(one) === stringifyJson(other)
}

/** Characters kept around a difference of two long texts, at most. */
const MAX_CONTEXT = 20

/** A value before and after, each at most about `length` characters: of long texts, the part that differs. */
export function shortPair(before: unknown, after: unknown, length: number): [unknown, unknown] {
  const cut = (value: unknown): unknown => shortCell(value, length).value
  if (typeof before !== 'string' || typeof after !== 'string') return [cut(before), cut(after)]
  if (before.length <= length && after.length <= length) return [before, after]
  // The difference itself must be visible in what is left.
  const context = Math.min(MAX_CONTEXT, Math.floor(length / 2))
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const from = wholeCharacter(before, Math.max(0, head - context))
  const part = (text: string): string => {
    const end = wholeCharacter(text, text.length - Math.max(0, tail - context))
    const middle = text.slice(from, end)
    const isEndCut = end < text.length && middle.length <= length
    return `${from > 0 ? '…' : ''}${cut(middle)}${isEndCut ? '…' : ''}`
  }
  return [part(before), part(after)]
}

/** The nearest position at or before `at` that does not split a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return at > 0 && unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at
}
