import type { Table, Values } from '@chatlayer-tables/core'
import { connect } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { rowFormat } from '../../../options/rows.ts'
import { reportHidden } from '../../../output/preview-output.ts'
import { rowWriter } from '../../../output/row-writers.ts'
import { parseColumns } from '../../../where.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const format = rowFormat(options)
  await using client = await connect(context, options)
  const tables = await client.tables.list({ signal: context.stop })
  await context.page()
  const writer = rowWriter(format, context.out, COLUMNS)
  for (const table of tables) {
    const item = chosenFields(table, options.jsonFields)
    await writer.row(item, () => Object.values(tableRow(table)))
  }
  await writer.end()
  await context.endPage()
  await reportHidden(context.messages, writer.hidden ?? [])
  if (tables.length === 0 && format === 'rows') {
    await context.messages.note('The bot has no tables.')
  }
  return EXIT.ok
}

const COLUMNS = ['name', 'id', 'columns', 'description'].map((name) => ({ name, type: undefined }))

function tableRow({ name, id, columns, description }: Table): Values {
  const names = columns.map((column) => column.name).join(', ')
  return { name, id, columns: names, description: description ?? '' }
}

/** @throws UsageError for an unknown field */
function chosenFields(table: Table, fields: string | undefined): unknown {
  if (fields === undefined) return table
  return Object.fromEntries(
    parseColumns(fields).map((field) => {
      if (Object.hasOwn(table, field)) return [field, table[field as keyof Table]]
      throw new UsageError(
        `--json ${fields}: tables have no "${field}"`,
        `Use one of: ${Object.keys(table).join(', ')}.`,
      )
    }),
  )
}
