/** Finds text that no column can hold, because PostgreSQL cannot store it. */
import type { Value } from '@chatlayer-tables/core'
import { rawNumberText } from './raw-number.ts'

export interface Unstorable {
  readonly reason: string
  readonly hint: string
}

const NUL: Unstorable = {
  reason: 'holds the character U+0000 (NUL), which no table stores',
  hint: 'Remove it from the text.',
}

const HALF: Unstorable = {
  reason: 'holds half a character (a lone surrogate), which no table stores',
  hint: 'The text was probably cut in the middle of an emoji: write it again.',
}

/** Why a value cannot be stored, as text or anywhere in JSON; undefined where it can. */
export function unstorable(value: Value): Unstorable | undefined {
  if (typeof value === 'string') return ofText(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return undefined
  const left: unknown[] = [value]
  while (left.length > 0) {
    const next = left.pop()
    const found = typeof next === 'string' ? ofText(next) : ofObject(next, left)
    if (found !== undefined) return found
  }
  return undefined
}

/** Checks the keys of an object and adds its values to those left to check. */
function ofObject(value: unknown, left: unknown[]): Unstorable | undefined {
  if (typeof value !== 'object' || value === null || rawNumberText(value) !== undefined) {
    return undefined
  }
  for (const item of Object.values(value)) left.push(item)
  if (Array.isArray(value)) return undefined
  for (const key of Object.keys(value)) {
    const found = ofText(key)
    if (found !== undefined) return found
  }
  return undefined
}

function ofText(text: string): Unstorable | undefined {
  if (text.includes('\0')) return NUL
  return text.isWellFormed() ? undefined : HALF
}
