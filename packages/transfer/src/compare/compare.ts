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
import { contentOf } from '../rows/row-content.ts'
import type {
  CompareCounts,
  CompareOptions,
  Difference,
  Place,
  SideFacts,
} from './compare-types.ts'
import { type OpenSide, openSides, type SideRecord } from './open-side.ts'
import { type Entry, type Held, Pairing } from './pairing.ts'

/** Two sides that have been read and compared; to be disposed of. */
export class Comparison implements Disposable {
  readonly a: SideFacts
  readonly b: SideFacts
  /** Those that were compared. */
  readonly columns: readonly Column[]
  /** Undefined where whole records were compared. */
  readonly key: readonly string[] | undefined
  readonly counts: CompareCounts
  readonly #pairing: Pairing
  readonly #shape: Table

  constructor(parts: {
    a: SideFacts
    b: SideFacts
    shape: Table
    key: readonly string[] | undefined
    pairing: Pairing
  }) {
    this.a = parts.a
    this.b = parts.b
    this.columns = parts.shape.columns
    this.key = parts.key
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
  const { a, b, shape } = sides
  const { key } = options
  const pairing = new Pairing(key !== undefined)
  try {
    const entryOf = entryMaker(shape, key)
    await readAll(a, 'a', options, (record) => pairing.addA(entryOf(record)))
    pairing.sealA()
    await readAll(b, 'b', options, (record) => pairing.addB(entryOf(record)))
    pairing.sealB()
    if (key !== undefined) {
      rejectDuplicates(pairing, 'a', a, key)
      rejectDuplicates(pairing, 'b', b, key)
    }
    return new Comparison({ a: a.facts, b: b.facts, shape, key, pairing })
  } catch (error) {
    pairing[Symbol.dispose]()
    throw error
  }
}

async function readAll(
  side: OpenSide,
  name: 'a' | 'b',
  { onProgress, signal }: CompareOptions,
  add: (record: SideRecord) => void,
): Promise<void> {
  let records = 0
  for await (const record of side.records()) {
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
function valuesIn({ held }: Held): Values {
  return parseJson(held) as Values
}

/** Maximum number of duplicate keys in the error. */
const MAX_NAMED = 5
/** Longer values of a key are cut in the error. */
const MAX_VALUE_LENGTH = 40

function rejectDuplicates(
  pairing: Pairing,
  name: 'a' | 'b',
  { facts, label }: OpenSide,
  key: readonly string[],
): void {
  const named: string[] = []
  let count = 0
  for (const duplicates of pairing.duplicates(name)) {
    if (++count > MAX_NAMED) continue
    const values = valuesIn({ place: '', held: duplicates.held })
    const text = key.map((column) => shorten(stringifyJson(values[column] ?? null))).join(', ')
    const where =
      facts.kind === 'file'
        ? `lines ${duplicates.places.join(', ')}`
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
