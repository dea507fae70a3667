import type { Where } from '@chatlayer-tables/core'
import { parseOption } from './assignments.ts'
import { UsageError } from './failures.ts'
import type { ConditionFlags } from './options/records.ts'
import { combineWhere } from './where.ts'

/** @throws UsageError for a condition that cannot be read */
export function readConditions({ where, filter }: ConditionFlags): Where | undefined {
  return combineWhere(where, filter === undefined ? undefined : readFilter(filter))
}

function readFilter(json: string): Where {
  const value = parseOption('--filter', json)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Where
  throw new UsageError('--filter must be a JSON object', `Such as --filter '{"age": {"gte": 18}}'.`)
}
