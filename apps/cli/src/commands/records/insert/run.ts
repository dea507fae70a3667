import { createInterface } from 'node:readline'
import type { Table, Values } from '@chatlayer-tables/core'
import { readAssignments, readDataRows, readNdjson } from '../../../assignments.ts'
import { askToGoOn } from '../../../confirm.ts'
import { openTableToWrite } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import type { AssignmentFlags, OptionsOf } from '../../../invocation.ts'
import { countOf, showPreview } from '../../../output/preview-output.ts'
import { canAsk } from '../../../prompts.ts'
import { carryOut } from '../carry-out.ts'

/** So many records are shown before a question. */
const SAMPLE = 10

/** An insert takes nothing away: it asks where there is somebody to ask, and goes on elsewhere. */
export async function insertRecords(
  options: OptionsOf<'records insert'>,
  context: Context,
): Promise<ExitCode> {
  const source = chooseSource(options, context)
  await using table = await openTableToWrite(context, options)
  const call = { signal: context.stop }
  const definition = await table.handle.definition(call)
  const rows = readRows(source, options, definition, context)
  if (options.dryRun) {
    const preview = await table.handle.preview.insert(rows, call)
    await showPreview(context, preview, definition)
    return EXIT.ok
  }
  if (!options.yes && source !== 'stdin' && canAsk(context)) {
    const preview = await table.handle.preview.insert(rows, call)
    await showPreview({ ...context, json: false, out: context.err }, preview, definition, SAMPLE)
    const what = `${countOf(preview.matched)} into "${definition.name}" (${table.version})`
    await askToGoOn(context, `Insert ${what}?`)
  }
  // Awaited here: the client must stay open until the last row has ended.
  return await carryOut(context, table.handle.insertMany(rows, call), {
    done: 'inserted',
    table: definition.name,
    version: table.version,
    acceptStored: options.acceptStored,
  })
}

type Source = 'set' | 'data' | 'stdin'

/** @throws UsageError when several are given, or none and nothing is piped in */
export function chooseSource({ set, setNull, data }: AssignmentFlags, context: Context): Source {
  const isSet = set.length > 0 || setNull.length > 0
  if (isSet && data !== undefined) throw new UsageError('give --set or --data, not both')
  if (isSet) return 'set'
  if (data !== undefined) return 'data'
  if (context.io.stdin.isTTY !== true) return 'stdin'
  throw new UsageError(
    'no values to insert',
    'Give --set column=value for each column, --data with JSON, or pipe in one JSON object a line.',
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
      return readNdjson(createInterface({ input: context.io.stdin, crlfDelay: Infinity }))
  }
}
