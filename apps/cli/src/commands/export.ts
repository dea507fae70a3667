import { Writable } from 'node:stream'
import { type ExportReport, exportCsv, exportCsvFile } from '@chatlayer-tables/transfer'
import { openTableToRead } from '../connection.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { OptionsOf } from '../invocation.ts'
import { formatCount, formatSeconds, Progress } from '../output/progress.ts'
import type { Writer } from '../output/writer.ts'
import { printable } from '../printable.ts'

export async function exportTable(
  options: OptionsOf<'export'>,
  context: Context,
): Promise<ExitCode> {
  await using table = await openTableToRead(context, options)
  const progress = new Progress(context.messages)
  const transfer = {
    table: table.handle,
    signal: context.stop,
    onProgress: (records: number) =>
      progress.show(() => `exporting "${table.name}": ${formatCount(records)} records`),
  }
  const report =
    options.output === undefined
      ? await exportCsv(transfer, asStream(context.out))
      : await exportCsvFile(transfer, options.output)
  await progress.end()
  await context.messages.note(summaryOf(report, `${table.version}`, options.output))
  if (context.json && options.output !== undefined) {
    const { records, columns } = report
    const summary = { table: report.table, version: table.version, file: options.output }
    await context.out.write(`${JSON.stringify({ ...summary, records, columns })}\n`)
  }
  return EXIT.ok
}

function summaryOf(report: ExportReport, version: string, file: string | undefined): string {
  const what = `${formatCount(report.records)} records of "${report.table}" (${version})`
  const to = file === undefined ? '' : ` to ${file}`
  return `exported ${what}${to} in ${formatSeconds(report.elapsedMs)}`
}

/** CSV on stdout; on a terminal without what a terminal would act upon. */
function asStream(out: Writer): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      const text = out.isTerminal ? chunk.split('\n').map(printable).join('\n') : chunk
      out.write(text).then(() => done(), done)
    },
  })
  // The export notices a failed stream at its next write; without a listener the process would end.
  return stream.on('error', () => undefined)
}
