import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { link, rename, rm } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { finished } from 'node:stream/promises'
import { columnTypeOf } from '@chatlayer-tables/contract'
import { createSink, type FormatName, formatOfName, listEndings } from '@chatlayer-tables/files'
import { defineRun, type RunTool } from '../../call/context.ts'
import { fileToWrite } from '../../call/folders.ts'
import { openTable } from '../../call/open-table.ts'
import { columnOf } from '../../policy/check-where.ts'
import type { GuardedQuery, GuardedTable } from '../../policy/guarded-table.ts'
import { ToolError } from '../../result/tool-error.ts'
import { exportFile } from './definition.ts'

/** Only the user who runs the server may read its exports. */
const FILE_MODE = 0o600

export const run: RunTool = defineRun(exportFile, async (input, context) => {
  const table = await openTable(context, input.table, 'read')
  const format = formatOf(input.file)
  const names = columnsOf(table, input.select)
  const file = await fileToWrite(context.settings.files, input.file, input.overwrite)
  const columns = table.definition.columns
    .filter(({ name }) => names.includes(name))
    .map(({ name, type }) => ({ name, type: columnTypeOf(type) }))
  const select = names.map((name) => `"${name}"`)
  const query = { where: input.where, sort: input.sort, select }

  const partial = `${file}.${randomUUID()}.partial`
  const out = createWriteStream(partial, { flags: 'wx', mode: FILE_MODE })
  // The next write reports a failed stream; without a listener the error would end the process.
  out.on('error', () => undefined)
  try {
    await once(out, 'open')
    const sink = createSink(format, columns, out, { signal: context.signal })
    let records = 0
    for await (const page of table.pages(query satisfies GuardedQuery)) {
      await sink.write(page.map(({ values }) => values))
      records += page.length
      await context.request.progress?.(records, undefined, `${records} records`)
    }
    await sink.end()
    out.end()
    await finished(out)
    await moveIntoPlace(partial, file, input)
    const masked = input.select === undefined && table.visible.masked.size > 0
    return {
      notice: masked ? 'Masked columns are omitted.' : undefined,
      version: table.version,
      file,
      format,
      columns: columns.map(({ name }) => name),
      records,
    }
  } finally {
    out.destroy()
    await rm(partial, { force: true })
  }
})

/** Renames the finished file. Without `overwrite` it links instead, which fails for an existing file. */
async function moveIntoPlace(
  partial: string,
  file: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  if (overwrite) return rename(partial, file)
  try {
    await link(partial, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const name = JSON.stringify(basename(file))
    throw new ToolError('FILE_EXISTS', `The file ${name} was created meanwhile.`, { field: 'file' })
  }
}

/** @throws ToolError for a column that may not be shown */
function columnsOf(table: GuardedTable, select: readonly string[] | undefined): string[] {
  const names = select?.map(columnOf) ?? table.readable.map(({ name }) => name)
  for (const [index, name] of names.entries()) {
    // A mask in a file could later be imported as a value.
    table.checkColumn(name, 'compare', `select[${index}]`)
  }
  return names
}

function formatOf(file: string): FormatName {
  const format = formatOfName(extname(file), false)
  if (format !== undefined) return format
  throw new ToolError('INVALID_ARGUMENTS', 'Unknown file extension.', {
    field: 'file',
    hint: `Use ${listEndings()}.`,
  })
}
