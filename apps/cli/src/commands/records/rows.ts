/** Reads the rows of `records insert` and `records upsert`. */
import { createInterface } from 'node:readline'
import type { Table, Values } from '@chatlayer-tables/core'
import { readAssignments, readDataRows, readNdjson } from '../../assignments.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../failures.ts'
import type { AssignmentFlags } from '../../options/records.ts'

type Source = 'set' | 'data' | 'stdin'

/** @throws UsageError for several sources, or if there is none and stdin is a terminal */
export function chooseSource({ set, setNull, data }: AssignmentFlags, context: Context): Source {
  const isSet = set.length > 0 || setNull.length > 0
  if (isSet && data !== undefined)
    throw new UsageError('--set and --data cannot be combined', 'Pass only one of them.')
  if (isSet) return 'set'
  if (data !== undefined) return 'data'
  if (context.io.stdin.isTTY !== true) return 'stdin'
  throw new UsageError(
    'there are no values to write',
    'Pass --set column=value for each column, pass --data with JSON, or pipe in one JSON object per line.',
  )
}

export function readRows(
  source: Source,
  options: AssignmentFlags,
  definition: Table,
  context: Context,
): Values[] | AsyncGenerator<Values> {
  switch (source) {
    case 'set':
      return [readAssignments(options, definition.columns)]
    case 'data':
      return readDataRows(options.data ?? '')
    case 'stdin':
      return readNdjson(linesOf(context.io.stdin))
  }
}

/**
 * Begins to read when the first line is asked for: an interface reads at once, and its lines would be lost
 * while the caller waits for something else, such as a lock.
 */
async function* linesOf(input: Context['io']['stdin']): AsyncGenerator<string> {
  yield* createInterface({ input, crlfDelay: Infinity })
}
