import { stringifyJson, type Values } from '@chatlayer-tables/core'
import { shortCell } from '../result/cells.ts'

/** A record's value; null if it has none. Column names may be those of inherited properties. */
export function cellOf(record: Values | undefined, column: string): unknown {
  return record !== undefined && Object.hasOwn(record, column) ? (record[column] ?? null) : null
}

export function isSame(one: unknown, other: unknown): boolean {
  return one === other || stringifyJson(one) === stringifyJson(other)
}

/** Characters kept around a difference of two long texts. */
const CONTEXT = 20

/** A value before and after, each at most about `length` characters: of long texts, the part that differs. */
export function shortPair(before: unknown, after: unknown, length: number): [unknown, unknown] {
  if (typeof before !== 'string' || typeof after !== 'string') return [cut(before), cut(after)]
  if (before.length <= length && after.length <= length) return [before, after]
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const from = Math.max(0, head - CONTEXT)
  const until = Math.max(0, tail - CONTEXT)
  const part = (text: string): unknown => {
    const middle = text.slice(from, text.length - until)
    const end = until > 0 && middle.length <= length ? '…' : ''
    return `${from > 0 ? '…' : ''}${cut(middle)}${end}`
  }
  return [part(before), part(after)]

  function cut(value: unknown): unknown {
    return shortCell(value, length).value
  }
}
