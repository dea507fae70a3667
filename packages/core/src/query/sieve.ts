/** Selects the records of a query's result from the pages that are read. */
import type { Table, WireRecord } from '@chatlayer-tables/contract'
import { UnexpectedAnswerError } from '../errors.ts'
import type { TableRecord } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { evaluate } from './evaluate.ts'
import type { Query } from './parse-query.ts'
import type { Plan } from './plan.ts'

/** A query with its plan. */
export interface PlannedQuery {
  readonly table: Table
  readonly query: Query
  readonly plan: Plan
}

/** Takes the result of a query from pages of the wire, unsorted. */
export interface Sieve {
  take(page: readonly WireRecord[]): TableRecord[]
  /** Whether the result is complete. */
  full(): boolean
}

/** Skips `offset` records and is full after `limit`. */
export function createSieve(planned: PlannedQuery): Sieve {
  const keep = createKeeper(planned)
  let toPass = planned.plan.offset
  let left = planned.query.limit ?? Number.POSITIVE_INFINITY
  return {
    take(page) {
      const kept = keep(page)
      const taken = toPass === 0 && kept.length <= left ? kept : kept.slice(toPass, toPass + left)
      toPass -= Math.min(toPass, kept.length)
      left -= taken.length
      return taken
    },
    full: () => left === 0,
  }
}

/** Decodes pages and keeps the records that meet the condition, each once. */
export function createKeeper({
  plan,
  table,
}: PlannedQuery): (page: readonly WireRecord[]) => TableRecord[] {
  const decoder = decoderOf(table)
  const seen = plan.selects.length > 1 ? new Set<string>() : undefined
  return (page) => {
    const records: TableRecord[] = []
    for (const wire of page) {
      if (seen?.has(wire.id)) continue
      seen?.add(wire.id)
      const record = decodeRecord(wire, decoder)
      if (evaluate(plan.condition, record) === true) records.push(record)
      else if (plan.skip > 0) throw notFiltered(record.id)
    }
    return records
  }
}

/**
 * When the gateway skips records, records that it should have excluded count against the offset.
 */
function notFiltered(id: string): UnexpectedAnswerError {
  return new UnexpectedAnswerError(`the gateway returned record ${id}, which the filters exclude`, {
    place: 'data',
    hint: 'The dialect may be wrong (filterCombination, timestampFilter, idFilter). A probe can learn it.',
  })
}
