/** Columns whose values the journal does not keep, or only as a hash. */
import { createHmac } from 'node:crypto'
import { ConfigurationError } from '@chatlayer-tables/core'

/**
 * - `drop`: the value is not kept
 * - `hash`: only a hash is kept, which shows whether the value has changed since
 */
export type RedactHow = 'drop' | 'hash'

export interface RedactRule {
  /** `table.column`, or `*.column` for every table. */
  readonly column: string
  readonly how: RedactHow
}

/** The number of hex digits that are kept of a hash. */
const HASH_DIGITS = 32

export class Redaction {
  readonly #rules: readonly { table: string; column: string; how: RedactHow }[]
  readonly #key: Uint8Array

  /** @throws ConfigurationError for a rule that names no table and column */
  constructor(rules: readonly RedactRule[], key: Uint8Array) {
    this.#rules = rules.map(parseRule)
    this.#key = key
  }

  /** The hidden columns of a table; undefined where there are none. */
  of(table: {
    readonly id: string
    readonly name: string
  }): ReadonlyMap<string, RedactHow> | undefined {
    const hidden = new Map<string, RedactHow>()
    for (const { table: of, column, how } of this.#rules) {
      // Of two rules for one column, the one that keeps less applies.
      if ((of === '*' || of === table.name || of === table.id) && hidden.get(column) !== 'drop') {
        hidden.set(column, how)
      }
    }
    return hidden.size === 0 ? undefined : hidden
  }

  /** @param canonical equal for equal values; null for null */
  hash(canonical: string | null): string {
    const text = canonical === null ? 'null' : `=${canonical}`
    return createHmac('sha256', this.#key).update(text).digest('hex').slice(0, HASH_DIGITS)
  }
}

function parseRule({ column: text, how }: RedactRule): {
  table: string
  column: string
  how: RedactHow
} {
  const at = text.indexOf('.')
  const [table, column] = [text.slice(0, at), text.slice(at + 1)]
  if (at > 0 && column !== '' && (how === 'drop' || how === 'hash')) return { table, column, how }
  throw new ConfigurationError(
    `invalid rule for hidden columns of the journal: "${text}: ${how}"`,
    {
      hint: 'Use table.column or *.column, with drop or hash.',
    },
  )
}
