/** Text output of the differences between two sides, streamed record by record. */
import { type Column, stringifyJson, type Value, type Values } from '@chatlayer-tables/core'
import type { Difference } from '@chatlayer-tables/transfer'
import stringWidth from 'string-width'
import { printable } from '../printable.ts'
import { rich, type Styled, styled } from './styled.ts'
import { cut } from './text-table.ts'
import type { Writer } from './writer.ts'

export interface DiffShape {
  readonly columns: readonly Column[]
  readonly key: readonly string[] | undefined
}

/** Minimum width of each of the two values of a field, in terminal columns. */
const MIN_VALUE_WIDTH = 8
/** Number of common characters shown before the point where two long values differ. */
const SHARED_LENGTH = 12

const SIGNS = { added: '+', removed: '-', changed: '~' } as const
const COLOURS = { added: 'green', removed: 'red', changed: 'yellow' } as const

/** Cuts lines and long values to the width of a terminal; elsewhere prints them in full. */
export class DiffOutput {
  readonly #writer: Writer
  readonly #shape: DiffShape
  readonly #types: ReadonlyMap<string, string>
  readonly #width: number

  constructor(writer: Writer, shape: DiffShape) {
    this.#writer = writer
    this.#shape = shape
    this.#types = new Map(shape.columns.map(({ name, type }) => [name, type]))
    this.#width = writer.isTerminal ? writer.width : Number.POSITIVE_INFINITY
  }

  async difference(difference: Difference): Promise<void> {
    const { change } = difference
    const sign = `${SIGNS[change]} `
    const values = change === 'changed' ? difference.before : difference.values
    const key = this.#shape.key ?? []
    const named = key.map((name) => this.#pair(name, values)).join(' ')
    const line = (text: string): Styled => styled(COLOURS[change], this.#fit(text))
    if (change !== 'changed') {
      const rest = this.#shape.columns
        .filter(({ name }) => !key.includes(name) && !isNull(values[name]))
        .map(({ name }) => this.#pair(name, values))
      const parts = [named, ...rest].filter((text) => text !== '')
      await this.#writer.write(rich`${line(`${sign}${parts.join('  ') || '(all null)'}`)}\n`)
      return
    }
    const { before, after, fields } = difference
    await this.#writer.write(rich`${line(sign + named)}\n`)
    const names = fields.map((name) => printable(name))
    const widest = Math.min(
      Math.max(...names.map((name) => stringWidth(name))),
      Math.floor(this.#width / 3),
    )
    for (const [index, name] of fields.entries()) {
      const shown = cut(names[index] ?? '', widest)
      const label = `    ${shown}${' '.repeat(widest - stringWidth(shown))}  `
      await this.#writer.write(rich`${this.#field(label, name, before, after)}\n`)
    }
  }

  #field(label: string, name: string, before: Values, after: Values): Styled {
    const [one, other] = [this.#literal(name, before), this.#literal(name, after)]
    const room = Math.max(MIN_VALUE_WIDTH, Math.floor((this.#width - stringWidth(label) - 3) / 2))
    const [old, now] = fitBoth(one, other, room)
    return rich`${label}${styled('red', old)} → ${styled('green', now)}`
  }

  #pair(name: string, values: Values): string {
    return `${printable(name)} ${this.#literal(name, values)}`
  }

  /** A printable value on one line; text is quoted, to differ from null and numbers. */
  #literal(name: string, values: Values): string {
    return printable(literal(values[name] ?? null, this.#types.get(name)))
  }

  #fit(text: string): string {
    return cut(text, this.#width)
  }
}

/** @param type of the column */
export function literal(value: Value, type: string | undefined): string {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' && type === 'numeric' ? value : stringifyJson(value)
}

/** Cuts two different texts to `width` columns, keeping the point where they differ. */
export function fitBoth(one: string, other: string, width: number): [string, string] {
  const longest = Math.max(one.length, other.length)
  if (longest <= width) return [one, other]
  let shared = 0
  while (shared < longest && one[shared] === other[shared]) shared++
  const from = shared + SHARED_LENGTH > width ? Math.max(0, shared - SHARED_LENGTH) : 0
  const part = (text: string): string => cut(from === 0 ? text : `…${text.slice(from)}`, width)
  return [part(one), part(other)]
}

function isNull(value: Value | undefined): boolean {
  return value === null || value === undefined
}
