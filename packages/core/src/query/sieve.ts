/** Which of the records that pages bring belong to the result of a query. */
import type { Table, WireRecord } from '@chatlayer-tables/contract'
import { UnexpectedAnswerError } from '../errors.ts'
import type { TableRecord } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { evaluate } from './evaluate.ts'
import type { Query } from './parse-query.ts'
import type { Plan } from './plan.ts'

/** What is read, and how. */
export interface PlannedQuery {
  readonly table: Table
  readonly query: Query
  readonly plan: Plan
}

/** Takes from the pages of the wire what the query gives, all but the order. */
export interface Sieve {
  take(page: readonly WireRecord[]): TableRecord[]
  /** Whether there is no need to read on. */
  full(): boolean
}

/** Passes over `offset` records and is full after `limit`. */
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

/** Decodes pages and keeps the records that the condition wants, each once. */
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

/** With an offset left to the gateway, records that should not have come count against it. */
function notFiltered(id: string): UnexpectedAnswerError {
  return new UnexpectedAnswerError(`the gateway answered record ${id}, which the filters exclude`, {
    place: 'data',
    hint: 'The dialect may be wrong (filterCombination, timestampFilter, idFilter). A probe can learn it.',
  })
}
