import { stringifyJson } from '@chatlayer-tables/core'
import { connect, openTableToRead } from '../connection.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { OptionsOf } from '../invocation.ts'
import { JsonList, rowSink } from '../output/record-output.ts'

export async function listTables(
  options: OptionsOf<'tables list'>,
  context: Context,
): Promise<ExitCode> {
  await using client = await connect(context, options)
  const tables = await client.tables.list({ signal: context.stop })
  if (context.json) {
    const list = new JsonList(context.out)
    for (const table of tables) await list.item(table)
    await list.end()
    return EXIT.ok
  }
  const names = ['name', 'id', 'columns', 'description']
  const sink = rowSink(
    context.out,
    names.map((name) => ({ name })),
  )
  for (const { name, id, columns, description } of tables) {
    await sink.row([name, id, columns.map((column) => column.name).join(', '), description ?? ''])
  }
  await sink.end()
  if (tables.length === 0) await context.messages.note('The bot has no tables.')
  return EXIT.ok
}

export async function getTable(
  options: OptionsOf<'tables get'>,
  context: Context,
): Promise<ExitCode> {
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
