import { describeFilter } from '@chatlayer-tables/contract'
import { formatCondition, nameOf } from './condition.ts'
import type { Query, SortKey } from './parse-query.ts'
import type { Plan, Requests, Strategy } from './plan.ts'

/** How a query will be carried out. `text` contains the same for people. */
export interface Explanation {
  /** `nothing` sends no request, `data` reads the table's pages, `select` sends SELECTs. */
  readonly strategy: Strategy
  /** For each SELECT, the filters that the gateway combines with AND, such as `age >= "18"`. */
  readonly wire: readonly (readonly string[])[]
  /** The parts of the condition that the client tests. */
  readonly local: readonly string[]
  /** The sort keys. The gateway cannot sort, so everything that matches is read first. */
  readonly sort: readonly string[]
  /** Whether the read ends as soon as the limit is reached. */
  readonly stopsEarly: boolean
  readonly requests: Requests
  readonly pageSize: number
  /** Records in the table; undefined when the number is assumed. */
  readonly total: number | undefined
  readonly why: readonly string[]
  readonly text: string
}

export function explainPlan(plan: Plan, query: Query): Explanation {
  const facts = {
    strategy: plan.strategy,
    wire: plan.selects.map((filters) => filters.map(describeFilter)),
    local: plan.rest.map(formatCondition),
    sort: query.sort.map(formatSortKey),
    stopsEarly: plan.stopsEarly,
    requests: plan.requests,
    pageSize: plan.pageSize,
    total: plan.totalKnown ? plan.total : undefined,
    why: plan.why,
  }
  return { ...facts, text: formatExplanation(facts, plan) }
}

function formatSortKey({ subject, descending, nullsFirst }: SortKey): string {
  return `${nameOf(subject)} ${descending ? 'desc' : 'asc'}${nullsFirst ? ' nulls first' : ''}`
}

/** A line break in a name or a value must not start a line of the text. */
function onOneLine(line: string): string {
  return line.replaceAll('\r', '\\r').replaceAll('\n', '\\n')
}

/** SELECTs that a text lists. */
const LISTED = 5

function formatExplanation(facts: Omit<Explanation, 'text'>, plan: Plan): string {
  const lines = [title(facts)]
  for (const filters of facts.wire.slice(0, LISTED)) {
    lines.push(`  gateway filters: ${filters.join(' and ') || 'nothing'}`)
  }
  if (facts.wire.length > LISTED) lines.push(`  … and ${facts.wire.length - LISTED} more SELECTs`)
  lines.push(`  tested here: ${facts.local.join(' and ') || 'nothing more'}`)
  if (facts.sort.length > 0) lines.push(`  sorted here: ${facts.sort.join(', ')}`)
  if (facts.stopsEarly) lines.push('  ends as soon as the limit is reached')
  const { atLeast, expected, atMost } = facts.requests
  const of = facts.total === undefined ? `an assumed ${plan.total}` : String(plan.total)
  lines.push(
    `  requests: about ${expected} (from ${atLeast} to ${atMost}) for ${of} records, ${facts.pageSize} at once`,
  )
  lines.push(`  because ${facts.why.join('; ')}`)
  return lines.map(onOneLine).join('\n')
}

function title({ strategy, wire }: Omit<Explanation, 'text'>): string {
  switch (strategy) {
    case 'nothing':
      return 'no request: nothing can match'
    case 'data':
      return 'read the pages of the table'
    case 'select':
      return wire.length === 1 ? 'one SELECT' : `${wire.length} SELECTs, joined by id`
  }
}
