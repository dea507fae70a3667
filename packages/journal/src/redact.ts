/** Columns whose values are kept out of the journal, or as a hash alone. */
import { createHmac } from 'node:crypto'
import { ConfigurationError } from '@chatlayer-tables/core'

/**
 * - `drop`: nothing is kept of the value
 * - `hash`: only a hash, by which can be told whether somebody changed the value since
 */
export type RedactHow = 'drop' | 'hash'

export interface RedactRule {
  /** `table.column`, or `*.column` for every table. */
  readonly column: string
  readonly how: RedactHow
}

/** A hash as it is kept: so many hex digits. */
const HASH_DIGITS = 32

export class Redaction {
  readonly #rules: readonly { table: string; column: string; how: RedactHow }[]
  readonly #key: Uint8Array

  /** @throws ConfigurationError for a rule that names no table and column */
  constructor(rules: readonly RedactRule[], key: Uint8Array) {
    this.#rules = rules.map(parseRule)
    this.#key = key
  }

  /** What is hidden of a table, by column; undefined for nothing. */
  of(table: {
    readonly id: string
    readonly name: string
  }): ReadonlyMap<string, RedactHow> | undefined {
    const hidden = new Map<string, RedactHow>()
    for (const { table: of, column, how } of this.#rules) {
      // Of two rules for one column, the one that keeps less holds.
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
  throw new ConfigurationError(`cannot read the rule "${text}: ${how}" of what the journal hides`, {
    hint: 'Write table.column or *.column, and drop or hash.',
  })
}
