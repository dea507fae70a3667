/** `clt types`: generates TypeScript for the columns of tables. */

import { writeFile } from 'node:fs/promises'
import type { Table } from '@chatlayer-tables/core'
import { readSmallFile, SmallFileError } from '@chatlayer-tables/local'
import { connect, openTableToRead } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { plural } from '../../output/progress.ts'
import type { Options } from './definition.ts'
import { lineDiff } from './line-diff.ts'
import { type NamedTable, nameTables, typesText } from './types-text.ts'

/** Number of differing lines shown. */
const MAX_DIFF_LINES = 40

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { output: file, check } = options
  if (check && file === undefined) {
    throw new UsageError('--check requires a file', 'Pass -o with the file name.')
  }
  const tables = nameTables(await readTables(options, context))
  const text = typesText(tables, options)
  if (file === undefined) {
    await context.out.write(context.json ? `${JSON.stringify({ ...facts(tables), text })}\n` : text)
    return EXIT.ok
  }
  const before = await readText(file)
  const diff = before === undefined ? undefined : lineDiff(before, text)
  const isFresh = diff?.length === 0
  if (!check && !isFresh) await writeFile(file, text)
  if (context.json) {
    const result = { ...facts(tables), file, fresh: isFresh, diff: diff ?? null }
    await context.out.write(`${JSON.stringify(result)}\n`)
  }
  if (check) return await reportCheck(context, file, diff)
  await context.messages.note(
    isFresh ? `${file} is up to date` : `wrote ${plural(tables.length, 'table')} to ${file}`,
  )
  return EXIT.ok
}

async function reportCheck(
  { messages }: Context,
  file: string,
  diff: readonly string[] | undefined,
): Promise<ExitCode> {
  if (diff?.length === 0) {
    await messages.note(`${file} is up to date`)
    return EXIT.ok
  }
  const hint = 'To update it, run the same command without --check.'
  if (diff === undefined) {
    await messages.failure({ message: `${file} does not exist`, hint })
    return EXIT.unexpected
  }
  for (const line of diff.slice(0, MAX_DIFF_LINES)) await messages.say(line)
  if (diff.length > MAX_DIFF_LINES)
    await messages.say(`and ${plural(diff.length - MAX_DIFF_LINES, 'more line')}`)
  await messages.failure({ message: `${file} is out of date`, hint })
  return EXIT.unexpected
}

function facts(tables: readonly NamedTable[]) {
  return {
    tables: tables.map(({ table, name }) => ({
      name: table.name,
      id: table.id,
      type: name,
      columns: table.columns.map(({ name, type }) => ({ name, type })),
    })),
  }
}

async function readTables(options: Options, context: Context): Promise<readonly Table[]> {
  const call = { signal: context.stop }
  if (options.tables.length === 0) {
    await using client = await connect(context, options)
    return await client.tables.list(call)
  }
  const tables: Table[] = []
  for (const table of options.tables) {
    await using open = await openTableToRead(context, { ...options, table })
    tables.push(await open.handle.definition(call))
  }
  return tables
}

const MAX_BYTES = 100_000_000

/** @returns undefined if the file does not exist */
async function readText(file: string): Promise<string | undefined> {
  try {
    return await readSmallFile(file, { maxBytes: MAX_BYTES })
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    if (error.problem === 'missing') return undefined
    throw new UsageError(`cannot read ${file}: ${error.message}`)
  }
}
