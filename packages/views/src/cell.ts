import { stringifyJson } from '@chatlayer-tables/core'
import type { Cell } from './protocol/cells.ts'

/** A value of a record as pages get it, with all its digits. `undefined` is shown as null. */
export function toCell(value: unknown): Cell {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'undefined':
      return null
    case 'number':
    case 'bigint':
      return numberCell(value)
    default: {
      if (value === null) return null
      const text = stringifyJson(value)
      // Numbers that core keeps as their source text are objects.
      return /^[-\d]/.test(text) ? { number: text } : { json: text }
    }
  }
}

function numberCell(value: number | bigint): Cell {
  return typeof value === 'number' && Number.isFinite(value) ? value : { number: String(value) }
}
