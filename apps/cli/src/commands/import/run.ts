import { importFile, type ReadingSettings } from '@chatlayer-tables/transfer'
import { checkCanAsk } from '../../confirm.ts'
import { openTableToWrite } from '../../connection.ts'
import type { Context } from '../../context.ts'
import type { ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { type OpenFile, openFile } from '../../file-input.ts'
import { unlessUnchanged } from '../../if-changed.ts'
import { checkedJobStore, jobStore } from '../../jobs/job-store.ts'
import { runImport } from '../../jobs/run-import.ts'
import { readMapping } from '../../mapping.ts'
import { PageOutput } from '../../pages/write-page.ts'
import { checkSideOptions, optionsFor } from '../../side-options.ts'
import { checkImport } from './check.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const writing = writingSettings(options)
  if (!options.check && (options.html !== undefined || options.open)) {
    const name = options.html === undefined ? '--open' : '--html'
    throw new UsageError(`${name} needs --check`, 'An import itself has no page.')
  }
  checkSideOptions(options, [options.file])
  const addressOptions = optionsFor(options.file, options, [options.file])
  const isAsking = options.mode === 'replace' && !options.yes && !options.check
  if (isAsking) checkCanAsk(context, '--check to see what would change')
  if (!options.check) await checkedJobStore(context)
  await using page = await PageOutput.create(context, options)
  // A check only reads, but takes the same version as the import.
  await using table = await openTableToWrite(context, options)
  await using file = await openFile(context, options.file, addressOptions, options)
  const { input } = file
  const settings = { ...readingSettings(options, file), ...writing }
  if (options.check) {
    return await checkImport(context, { table: table.handle, input, settings }, page)
  }
  const again = { target: targetArgs(options), settings }
  const store = await jobStore(context)
  const importNow = () =>
    runImport(context, { ...options, ...table, again }, (run) =>
      importFile({ ...run, store, input, settings }),
    )
  if (!options.ifChanged) return await importNow()
  const { origin, teamId, botId } = table.client.connection
  const target = [origin, teamId, botId, options.table, table.version]
  return await unlessUnchanged(context, file.address, ['import', target, settings], importNow)
}

/** Arguments that select the table again; other connection settings come from the environment. */
function targetArgs({ table, live, profile }: Options): string[] {
  const profileArgs = profile === undefined ? [] : ['--profile', profile]
  return [table, ...(live ? ['--live'] : []), ...profileArgs]
}

function readingSettings(options: Options, { reading }: OpenFile): ReadingSettings {
  const map = Object.fromEntries(options.map.map(readMapping))
  return { ...reading, map, ignore: options.ignore, ignoreMeta: options.ignoreMeta }
}

function writingSettings(options: Options) {
  const key = options.key.flatMap((text) => text.split(',')).filter((name) => name !== '')
  const { mode, outDir, acceptStored, allowEmpty } = options
  if (mode === 'insert' && key.length > 0) {
    throw new UsageError(
      '--key cannot be used with --mode insert',
      'Pass --mode upsert, skip-existing or replace.',
    )
  }
  if (mode !== 'insert' && key.length === 0) {
    throw new UsageError(
      `--mode ${mode} requires key columns`,
      'Pass --key with the columns that identify a record.',
    )
  }
  const maxErrors = options.onError === 'stop' ? 1 : options.maxErrors
  return {
    mode,
    key: key.length > 0 ? key : undefined,
    maxErrors,
    outDir,
    acceptStored,
    allowEmpty,
  }
}
