import { stringifyJson } from '@chatlayer-tables/core'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { printChanges, printSummary } from '../../../output/change-output.ts'
import { changeSetPage } from '../../../pages/change-set-page.ts'
import { PageOutput } from '../../../pages/write-page.ts'
import { recoverWrites } from '../recover.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  await using page = await PageOutput.create(context, options)
  await recoverWrites(context, options)
  const journal = await context.journal.open()
  const { record, limit, offset } = options
  const summary = await journal.show(options.change)
  if (page !== undefined) {
    await page.write('changes', await changeSetPage(journal, summary, record))
    if (!context.json) {
      if (!page.isStdout) await printSummary(context.out, summary)
      return EXIT.ok
    }
  }
  const found = await journal.changes(summary.id, { record, offset, limit: limit + 1 })
  const changes = found.slice(0, limit)
  await context.page()
  if (context.json) {
    await context.out.write(`${stringifyJson({ ...summary, records: changes })}\n`)
  } else {
    await printSummary(context.out, summary)
    if (changes.length > 0) await context.out.write('\n')
    await printChanges(context.out, changes)
  }
  await context.endPage()
  if (found.length > limit) {
    await context.messages.note(`There are more changes. Pass --offset ${offset + limit}.`)
  }
  return EXIT.ok
}
