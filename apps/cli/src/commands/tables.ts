import { stringifyJson, type Table, type Values } from '@chatlayer-tables/core'
import { createSink } from '@chatlayer-tables/files'
import { connect, openTableToRead } from '../connection.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { UsageError } from '../failures.ts'
import type { OptionsOf } from '../invocation.ts'
import { JsonList, rowSink } from '../output/record-output.ts'
import { writerStream } from '../output/writer-stream.ts'
import { rowFormat } from '../row-format.ts'
import { parseColumns } from '../where.ts'

export async function listTables(
  options: OptionsOf<'tables list'>,
  context: Context,
): Promise<ExitCode> {
  const format = rowFormat(options)
  await using client = await connect(context, options)
  const tables = await client.tables.list({ signal: context.stop })
  switch (format) {
    case 'json': {
      const list = new JsonList(context.out)
      for (const table of tables) await list.item(chosenFields(table, options.jsonFields))
      await list.end()
      return EXIT.ok
    }
    case 'ndjson':
      for (const table of tables) await context.out.write(`${stringifyJson(table)}\n`)
      return EXIT.ok
    case 'csv': {
      const sink = createSink('csv', COLUMNS, writerStream(context.out))
      await sink.write(tables.map(tableRow))
      await sink.end()
      return EXIT.ok
    }
    case 'rows':
      return await showTables(tables, context)
  }
}

const COLUMNS = ['name', 'id', 'columns', 'description'].map((name) => ({ name, type: undefined }))

function tableRow({ name, id, columns, description }: Table): Values {
  const names = columns.map((column) => column.name).join(', ')
  return { name, id, columns: names, description: description ?? '' }
}

/** @throws UsageError for a field that tables have not */
function chosenFields(table: Table, fields: string | undefined): unknown {
  if (fields === undefined) return table
  return Object.fromEntries(
    parseColumns(fields).map((field) => {
      if (Object.hasOwn(table, field)) return [field, table[field as keyof Table]]
      throw new UsageError(
        `--json ${fields}: tables have no "${field}"`,
        `There are: ${Object.keys(table).join(', ')}`,
      )
    }),
  )
}

async function showTables(tables: readonly Table[], context: Context): Promise<ExitCode> {
  const sink = rowSink(context.out, COLUMNS)
  for (const table of tables) await sink.row(Object.values(tableRow(table)))
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
