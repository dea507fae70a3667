import { parseTableReference } from '@chatlayer-tables/core'
import type { ChangeSetFilter } from '@chatlayer-tables/journal'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { listSummaries } from '../../../output/change-output.ts'
import { reportHidden } from '../../../output/preview-output.ts'
import { recoverWrites } from '../recover.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { table, tool, since, until, limit } = options
  await recoverWrites(context, options)
  const journal = await context.journal.open()
  const filter: ChangeSetFilter = {
    ...readTable(table),
    job: options.job === undefined ? undefined : await journal.findJob(options.job),
    ...{ tool, since, until, limit: limit + 1 },
  }
  const found = await journal.list(filter)
  const shown = found.slice(0, limit)
  await context.page()
  if (context.json) await context.out.write(`${JSON.stringify(shown)}\n`)
  else {
    const hidden = await listSummaries(context.out, shown)
    await context.endPage()
    await reportHidden(context.messages, hidden)
  }
  if (found.length === 0) await context.messages.note(nothingFound(options))
  if (found.length > limit)
    await context.messages.note('There are more changes. Pass --limit or --until.')
  return EXIT.ok
}

/** An empty journal needs another message than a filter that excludes everything. */
function nothingFound({ table, tool, job, since, until }: Options): string {
  const isFiltered = [table, tool, job, since, until].some((each) => each !== undefined)
  return isFiltered
    ? 'There are no matching changes.'
    : 'There are no changes yet. Every write is recorded here, and can be undone.'
}

function readTable(text: string | undefined): Pick<ChangeSetFilter, 'table' | 'version'> {
  if (text === undefined) return {}
  const { table, version } = parseTableReference(text)
  return { table, version }
}
