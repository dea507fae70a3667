import { stringifyJson } from '@chatlayer-tables/core'
import { openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { rowSink } from '../../../output/record-output.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  await using table = await openTableToRead(context, options)
  const definition = await table.handle.definition({ signal: context.stop })
  if (context.json) {
    await context.out.write(`${stringifyJson(definition)}\n`)
    return EXIT.ok
  }
  const sink = rowSink(context.out, [{ name: 'column' }, { name: 'type' }])
  for (const { name, type } of definition.columns) await sink.row([name, type])
  await sink.end()
  return EXIT.ok
}
