/** The keys of some records of two tables, so that these are compared with what the other side has. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import {
  canonicalValue,
  InvalidInputError,
  NotExpressibleError,
  recordFilter,
  type Table,
  type Value,
  type Where,
} from '@chatlayer-tables/core'
import { contentOf } from '../rows/row-content.ts'
import type { CompareOptions, RecordSelection } from './compare-types.ts'
import type { OpenSides } from './open-side.ts'

type SideName = 'a' | 'b'

/** Keys are searched for up to this number; for more, the tables are read. */
const MAX_SEARCHED = 1_000

/** Types of columns that are searched by a list of values. */
const SEARCHABLE = new Set(['text', 'int', 'numeric', 'uuid'])

/**
 * Reads the keys of the records that are selected on each side.
 *
 * @throws InvalidInputError for a condition that does not fit a table, ChatlayerError when a table
 *   cannot be read
 */
export async function selectKeys(
  sides: OpenSides,
  key: readonly string[],
  { where, of }: RecordSelection,
  { signal, onProgress }: Pick<CompareOptions, 'signal' | 'onProgress'>,
): Promise<KeySelection> {
  const selection = new KeySelection(sides, key, of)
  for (const name of of === 'a' ? (['a'] as const) : (['a', 'b'] as const)) {
    let records = 0
    for await (const { values } of sides[name].records(where, key)) {
      selection.add(name, values)
      onProgress?.(name, ++records)
    }
    signal?.throwIfAborted()
  }
  return selection
}

/** Selected keys, as hashes: some 100 bytes of memory each. */
export class KeySelection {
  readonly #sides: OpenSides
  readonly #key: readonly string[]
  readonly #of: RecordSelection['of']
  readonly #matching = { a: new Set<string>(), b: new Set<string>() }
  /** Keys of `a` whose records do not match there. */
  readonly #unmatched = new Set<string>()
  /** The column by which records are searched, and its values; undefined where tables are read. */
  #search: { readonly column: string; readonly values: Map<string | null, Value> } | undefined
  #unselected = 0

  constructor(sides: OpenSides, key: readonly string[], of: RecordSelection['of']) {
    this.#sides = sides
    this.#key = key
    this.#of = of
    const { shape, columns } = sides
    // Values of the one type are not those of the other.
    const isSearchable = (name: string): boolean =>
      columns.converted.every((column) => column.name !== name) &&
      SEARCHABLE.has(columnTypeOf(typeIn(shape, name)) ?? '')
    const column = key.find(isSearchable)
    this.#search = column === undefined ? undefined : { column, values: new Map() }
  }

  /** Records of `b` that match, and whose record in `a` does not. */
  get unselected(): number {
    return this.#unselected
  }

  add(side: SideName, values: Readonly<Record<string, Value>>): void {
    const { shape } = this.#sides
    this.#matching[side].add(textOf(contentOf(values, this.#key, shape)))
    const search = this.#search
    if (search === undefined) return
    const value = values[search.column] ?? null
    search.values.set(canonicalValue(value, search.column, shape), value)
    if (value === null || search.values.size > MAX_SEARCHED) this.#search = undefined
  }

  /** What to read of a side so that all selected records are there; undefined for the whole table. */
  query(side: SideName): Where | undefined {
    const { definition } = this.#sides[side]
    if (this.#search === undefined || definition === undefined) return undefined
    const { column, values } = this.#search
    const where = { [`"${column}"`]: { in: [...values.values()] } } as Where
    try {
      recordFilter(where, definition)
      return where
    } catch (error) {
      // A stored value that is not one of the column's type.
      if (error instanceof InvalidInputError || error instanceof NotExpressibleError)
        return undefined
      throw error
    }
  }

  /** Whether a record that was read takes part. All of `a` must be read before `b`. */
  takes(side: SideName, key: Uint8Array): boolean {
    const text = textOf(key)
    const { a, b } = this.#matching
    if (this.#of === 'either') return a.has(text) || b.has(text)
    if (a.has(text)) return true
    if (!b.has(text)) return false
    if (side === 'a') {
      this.#unmatched.add(text)
      return false
    }
    if (!this.#unmatched.has(text)) return true
    this.#unselected++
    return false
  }
}

function typeIn({ columns }: Table, name: string): string {
  return columns.find((column) => column.name === name)?.type ?? ''
}

function textOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('latin1')
}
