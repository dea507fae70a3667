/** Compares two sides: tables, files, or one of each. */
import {
  type Column,
  canonicalValue,
  InvalidInputError,
  parseJson,
  stringifyJson,
  type Table,
  type Values,
} from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files'
import { contentOf } from '../rows/row-content.ts'
import type { ComparedColumns } from './columns-in-common.ts'
import type {
  CompareCounts,
  CompareOptions,
  Difference,
  DuplicateCounts,
  DuplicateKey,
  Place,
  SideFacts,
} from './compare-types.ts'
import { type OpenSide, type OpenSides, openSides, type SideRecord } from './open-side.ts'
import { type Entry, type Held, Pairing } from './pairing.ts'
import { type KeySelection, selectKeys } from './select-keys.ts'

/** Two sides that have been read and compared; to be disposed of. */
export class Comparison implements Disposable {
  readonly a: SideFacts
  readonly b: SideFacts
  /** Those that were compared. */
  readonly columns: readonly Column[]
  /** Columns that were not compared because one side does not have them, and those of two types. */
  readonly others: Omit<ComparedColumns, 'columns'>
  /** Undefined where whole records were compared. */
  readonly key: readonly string[] | undefined
  readonly counts: CompareCounts
  /** Keys that were set aside. */
  readonly duplicates: DuplicateCounts
  /** Records of `b` that match a selection of `a and extra`, and whose record in `a` does not. */
  readonly unselected: number
  readonly #pairing: Pairing
  readonly #shape: Table

  constructor(parts: {
    a: SideFacts
    b: SideFacts
    shape: Table
    columns: ComparedColumns
    key: readonly string[] | undefined
    pairing: Pairing
    unselected: number
  }) {
    this.a = parts.a
    this.b = parts.b
    const { columns, ...others } = parts.columns
    this.columns = columns
    this.others = others
    this.key = parts.key
    this.duplicates = parts.pairing.aside
    this.unselected = parts.unselected
    this.#shape = parts.shape
    this.#pairing = parts.pairing
    this.counts = parts.pairing.counts()
  }

  get isSame(): boolean {
    const { added, removed, changed } = this.counts
    return added + removed + changed === 0
  }

  /** What `b` lacks or holds otherwise, in the order of `a`; then what only `b` has, in its own. */
  *differences(): Generator<Difference, void, undefined> {
    yield* this.ofA()
    yield* this.additions()
  }

  *additions(): Generator<Extract<Difference, { change: 'added' }>, void, undefined> {
    for (const held of this.#pairing.onlyInB()) {
      yield { change: 'added', b: this.#place(this.b, held), values: valuesIn(held) }
    }
  }

  /** The `differences` that are not additions. */
  *ofA(): Generator<Exclude<Difference, { change: 'added' }>, void, undefined> {
    for (const { a, b } of this.#pairing.ofA()) {
      const before = valuesIn(a)
      const place = this.#place(this.a, a)
      if (b === undefined) {
        yield { change: 'removed', a: place, values: before }
      } else {
        const after = valuesIn(b)
        const fields = changedFields(before, after, this.#shape)
        yield { change: 'changed', a: place, b: this.#place(this.b, b), before, after, fields }
      }
    }
  }

  /** Keys that were set aside, in the order of `a`, then of `b`. */
  *duplicateKeys(): Generator<DuplicateKey, void, undefined> {
    const { key = [] } = this
    for (const { a, b, held } of this.#pairing.asideKeys()) {
      const values = valuesIn({ held })
      yield { a, b, key: Object.fromEntries(key.map((name) => [name, values[name] ?? null])) }
    }
  }

  /** Number of records that differ in each column, in the order of the columns. */
  async changedColumns(): Promise<[column: string, records: number][]> {
    const counts = new Map<string, number>()
    const turns = new Turns()
    for (const difference of this.ofA()) {
      if (turns.isDue) await turns.pass()
      if (difference.change !== 'changed') continue
      for (const name of difference.fields) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return this.columns.flatMap(({ name }) => {
      const count = counts.get(name)
      return count === undefined ? [] : [[name, count]]
    })
  }

  /** Records of `b` that are equal to one that only `a` has, known by their count alone. */
  *equalToRemoved(): Generator<Place, void, undefined> {
    for (const place of this.#pairing.equalToRemoved()) yield this.#place(this.b, { place })
  }

  [Symbol.dispose](): void {
    this.#pairing[Symbol.dispose]()
  }

  #place({ kind }: SideFacts, { place }: Pick<Held, 'place'>): Place {
    return kind === 'table' ? { id: String(place) } : { line: Number(place) }
  }
}

/** The columns in which two records of one shape hold values that are not equal by their types. */
export function changedFields(before: Values, after: Values, shape: Table): string[] {
  return shape.columns.flatMap(({ name }) =>
    canonicalValue(before[name], name, shape) === canonicalValue(after[name], name, shape)
      ? []
      : [name],
  )
}

/**
 * Reads both sides once each, `a` first, and compares them by what values mean to their column's
 * type; null and the empty text are two values. Ids of records are not compared. Without a key,
 * records are identified by their whole content and counted, so that nothing is `changed`.
 *
 * What was read is on the disk: memory does not grow with either side.
 *
 * @throws InvalidInputError where columns do not fit, rows of a file cannot be read, or several
 *   records of one side have the same key; ChatlayerError when a table cannot be read
 */
export async function compareSides(options: CompareOptions): Promise<Comparison> {
  await using sides = await openSides(options)
  const { a, b, shape, columns } = sides
  const { key } = options
  const selection = await selectRecords(sides, options)
  const pairing = new Pairing(key !== undefined)
  try {
    const entryOf = entryMaker(shape, key)
    await readAll(a, 'a', selection, options, (record) => {
      const entry = entryOf(record)
      if (!selection.takes('a', entry.key)) return
      options.onRecord?.('a', entry.place, entry.content)
      pairing.addA(entry)
    })
    pairing.sealA()
    await readAll(b, 'b', selection, options, (record) => {
      const entry = entryOf(record)
      if (!selection.takes('b', entry.key)) return
      options.onRecord?.('b', entry.place, entry.content)
      pairing.addB(entry)
    })
    pairing.sealB()
    if (options.setAsideDuplicates === true) pairing.setAsideDuplicates()
    else if (key !== undefined) {
      rejectDuplicates(pairing, 'a', a, key)
      rejectDuplicates(pairing, 'b', b, key)
    }
    const { unselected } = selection
    return new Comparison({ a: a.facts, b: b.facts, shape, columns, key, pairing, unselected })
  } catch (error) {
    pairing[Symbol.dispose]()
    throw error
  }
}

/** Which records of both sides are compared. */
type Selection = Pick<KeySelection, 'takes' | 'query' | 'unselected'>

function selectRecords(sides: OpenSides, options: CompareOptions): Promise<Selection> | Selection {
  const { only, key } = options
  if (only !== undefined && key !== undefined) return selectKeys(sides, key, only, options)
  return { takes: () => true, query: () => only?.where, unselected: 0 }
}

async function readAll(
  side: OpenSide,
  name: 'a' | 'b',
  selection: Selection,
  { onProgress, signal }: CompareOptions,
  add: (record: SideRecord) => void,
): Promise<void> {
  let records = 0
  for await (const record of side.records(selection.query(name))) {
    add(record)
    onProgress?.(name, ++records)
  }
  signal?.throwIfAborted()
}

function entryMaker(
  shape: Table,
  key: readonly string[] | undefined,
): (record: SideRecord) => Entry {
  const names = shape.columns.map(({ name }) => name)
  return ({ place, values }) => {
    const kept = Object.fromEntries(names.map((name) => [name, values[name] ?? null]))
    const content = contentOf(kept, names, shape)
    const keyOf = key === undefined ? content : contentOf(kept, key, shape)
    return { place, key: keyOf, content, held: stringifyJson(kept) }
  }
}

/** Written by `entryMaker`. */
function valuesIn({ held }: Pick<Held, 'held'>): Values {
  return parseJson(held) as Values
}

/** Maximum number of duplicate keys in the error. */
const MAX_NAMED = 5
/** Longer values of a key are cut in the error. */
const MAX_VALUE_LENGTH = 40

function rejectDuplicates(
  pairing: Pairing,
  name: 'a' | 'b',
  { facts, label, place }: OpenSide,
  key: readonly string[],
): void {
  const named: string[] = []
  let count = 0
  for (const duplicates of pairing.duplicates(name)) {
    if (++count > MAX_NAMED) continue
    const values = valuesIn(duplicates)
    const text = key.map((column) => shorten(stringifyJson(values[column] ?? null))).join(', ')
    const where =
      facts.kind === 'file'
        ? `${place}s ${duplicates.places.join(', ')}`
        : `${duplicates.count} records`
    named.push(`${text} (${where})`)
  }
  if (count === 0) return
  const more = count > MAX_NAMED ? `; and ${count - MAX_NAMED} more` : ''
  throw new InvalidInputError(
    `the key (${key.join(', ')}) is not unique in ${label}: ${named.join('; ')}${more}`,
    {
      field: 'key',
      hint: 'Choose a key that is unique to each record, or compare whole records without a key.',
    },
  )
}

function shorten(text: string): string {
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 1)}…` : text
}
