import { confirmOrThrow } from '../../../confirm.ts'
import { openTableToWrite } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { countOf, showPreview } from '../../../output/preview-output.ts'
import { canAsk } from '../../../prompts.ts'
import { carryOut } from '../carry-out.ts'
import { chooseSource, readRows } from '../rows.ts'
import type { Options } from './definition.ts'

/** Number of records shown before a confirmation. */
const SAMPLE = 10

/** An insert deletes nothing: it asks for confirmation only on a terminal. */
export async function run(options: Options, context: Context): Promise<ExitCode> {
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
    await confirmOrThrow(context, `Insert ${what}?`)
  }
  // Awaited here: the client must stay open until the last row has ended.
  return await carryOut(context, table.handle.insertMany(rows, call), {
    done: 'inserted',
    table: definition.name,
    version: table.version,
    acceptStored: options.acceptStored,
  })
}
