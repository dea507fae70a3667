/** `clt schema pull`: writes the columns of tables as a file. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { Table } from '@chatlayer-tables/core'
import { connect, openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { writeOutput } from '../../../project/write-output.ts'
import { asReference, block } from '../../../project/yaml-text.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const tables = await readTables(options, context)
  const schema = new Map<string, Map<string, string>>()
  for (const { reference, table } of tables) {
    const columns = new Map<string, string>()
    for (const { name, type } of table.columns) {
      const known = columnTypeOf(type)
      if (known !== undefined) columns.set(name, known)
      else await context.messages.say(`"${table.name}": "${name}" is omitted: unknown type ${type}`)
    }
    schema.set(reference, columns)
  }
  const { json, out } = context
  if (json) await out.write(`${JSON.stringify(asObject(schema))}\n`)
  else await writeOutput(context, options.output, `${block(schema).join('\n')}\n`)
  return EXIT.ok
}

interface NamedTable {
  /** As it is to be written. */
  readonly reference: string
  readonly table: Table
}

async function readTables(options: Options, context: Context): Promise<NamedTable[]> {
  const call = { signal: context.stop }
  if (options.tables.length === 0) {
    await using client = await connect(context, options)
    const all = await client.tables.list(call)
    return all.map((table) => ({ reference: asReference(table.name), table }))
  }
  const tables: NamedTable[] = []
  for (const reference of options.tables) {
    await using open = await openTableToRead(context, { ...options, table: reference })
    tables.push({ reference, table: await open.handle.definition(call) })
  }
  return tables
}

function asObject(schema: ReadonlyMap<string, ReadonlyMap<string, string>>): object {
  const tables = Array.from(schema, ([name, columns]) => [name, Object.fromEntries(columns)])
  return Object.fromEntries(tables)
}
