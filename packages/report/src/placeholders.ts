/**
 * Replaces values: the same value by the same placeholder, of the same shape. Where values of a kind
 * have an order, so have their placeholders. Placeholders are known once every value was seen, so what
 * is built before is a tree of {@link Masked}.
 */
import { OWN_COLUMNS } from '@chatlayer-tables/contract'
import { compareTexts, replacement, type TextKind, textKind } from './shape.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Text or a number that is written later. */
export class Later {
  readonly write: () => string | number

  constructor(write: () => string | number) {
    this.write = write
  }
}

/** An object whose keys may be written later. */
export class MaskedObject {
  readonly entries: [string | Later, Masked][] = []

  add(key: string | Later, value: Masked): void {
    this.entries.push([key, value])
  }
}

export type Masked = null | boolean | number | string | Later | MaskedObject | readonly Masked[]

export function written(value: Masked): Json {
  if (value instanceof Later) return value.write()
  if (value instanceof MaskedObject) {
    return Object.fromEntries(value.entries.map(([key, item]) => [keyText(key), written(item)]))
  }
  return isList(value) ? value.map(written) : value
}

function keyText(key: string | Later): string {
  return typeof key === 'string' ? key : String(key.write())
}

function isList(value: Masked): value is readonly Masked[] {
  return Array.isArray(value)
}

type Kind = TextKind | 'column' | 'table'

/** Kinds whose values are numbered by their order; others by their first appearance. */
const ORDERED: readonly Kind[] = ['uuid', 'hex', 'integer', 'decimal', 'date', 'time']

export class Placeholders {
  readonly #texts = new Map<string, Kind>()
  readonly #numbers = new Set<number>()
  /** In lower case. */
  readonly #known = new Set<string>()
  #ranks: Map<string, number> | undefined
  #numberRanks: Map<number, number> | undefined

  text(value: string): Masked {
    return this.#add(value, textKind(value))
  }

  column(name: string): string | Later {
    const isOwn = OWN_COLUMNS.some((own) => own === name)
    return isOwn ? name : this.#add(name, 'column')
  }

  table(name: string): string | Later {
    return this.#add(name, 'table')
  }

  number(value: number): Later {
    this.#numbers.add(value)
    return new Later(() => this.#numberOf(value))
  }

  /** Whether a value of a user is this text, in any case. Call it at the end. */
  isKnown(text: string): boolean {
    return this.#known.has(text.toLowerCase())
  }

  #add(value: string, kind: Kind): string | Later {
    if (kind === 'plain') return value
    this.#known.add(value.toLowerCase())
    // A name that a user gave stays a name wherever it appears.
    const before = this.#texts.get(value)
    if (before === undefined || kind === 'column' || (kind === 'table' && before !== 'column')) {
      this.#texts.set(value, kind)
    }
    return new Later(() => this.#textOf(value))
  }

  #textOf(value: string): string {
    this.#ranks ??= rankTexts(this.#texts)
    const kind = this.#texts.get(value) ?? 'text'
    const rank = this.#ranks.get(value) ?? 0
    return kind === 'column' || kind === 'table'
      ? `${kind}-${rank}`
      : replacement(kind, value, rank)
  }

  #numberOf(value: number): number {
    this.#numberRanks ??= new Map(
      [...this.#numbers].toSorted((a, b) => a - b).map((n, at) => [n, at + 1]),
    )
    const rank = this.#numberRanks.get(value) ?? 0
    return Number.isInteger(value) ? rank : rank + 0.5
  }
}

function rankTexts(texts: ReadonlyMap<string, Kind>): Map<string, number> {
  const byKind = Map.groupBy(texts, ([, kind]) => kind)
  const ranks = new Map<string, number>()
  for (const [kind, entries] of byKind) {
    const values = entries.map(([value]) => value)
    const isOrdered = ORDERED.includes(kind) && kind !== 'column' && kind !== 'table'
    const sorted = isOrdered ? values.toSorted((a, b) => compareTexts(kind, a, b)) : values
    for (const [at, value] of sorted.entries()) ranks.set(value, at + 1)
  }
  return ranks
}
