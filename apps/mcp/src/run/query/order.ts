/** The order of values of one column type, as PostgreSQL has it; text goes by code point. */
import { compareNumbers } from './decimal.ts'

/** Types whose values have a useful order. */
const ORDERED = new Set(['text', 'uuid', 'int', 'numeric', 'bool', 'timestamp'])

export function isOrdered(type: string): boolean {
  return ORDERED.has(type)
}

/** Negative, zero or positive, for two values that are not null. */
export function compareValues(a: unknown, b: unknown, type: string): number {
  if (type === 'int' || type === 'numeric') return compareNumbers(a, b)
  if (type === 'bool') return Number(a) - Number(b)
  if (type === 'timestamp') return compareText(instant(a), instant(b))
  return compareText(String(a), String(b))
}

/** Times as texts that sort like them: all in UTC with six digits behind the point. */
function instant(value: unknown): string {
  const text = String(value)
  if (text === '-infinity') return ''
  if (text === 'infinity') return '~'
  const [, head = text, fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? []
  return `${head}.${fraction.padEnd(6, '0')}`
}

/** By code point; JavaScript's own order goes by code unit. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  // UTF-8 sorts like the code points that it stands for.
  return Buffer.compare(left, right)
}
