import { type Comparison, compareSides } from '@chatlayer-tables/transfer'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { OutputClosed } from '../../failures.ts'
import { writeDiffJson } from '../../output/diff-json.ts'
import { DiffOutput } from '../../output/diff-output.ts'
import { formatCount, Progress } from '../../output/progress.ts'
import { rowSink } from '../../output/record-output.ts'
import { diffPage } from '../../pages/diff-page.ts'
import { PageOutput } from '../../pages/write-page.ts'
import { checkSideOptions } from '../../side-options.ts'
import {
  asInput,
  checkSides,
  closeSides,
  compareSettings,
  describeSide,
  type OpenedSide,
  openSide,
} from '../../sides.ts'
import type { Options } from './definition.ts'

/** 1 means a difference, as in diff(1); errors use higher codes. */
const DIFFERENT: ExitCode = 1

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { stop, messages } = context
  try {
    return await compare(options, context)
  } catch (error) {
    // A reader that closed stdout early has seen a difference.
    const reason: unknown = stop.aborted ? stop.reason : error
    if (reason instanceof OutputClosed) return DIFFERENT
    const failure = await messages.error(reason)
    const exit = failure?.exit ?? EXIT.usage
    return exit === DIFFERENT ? EXIT.usage : exit
  }
}

async function compare(options: Options, context: Context): Promise<ExitCode> {
  checkSides(options)
  checkSideOptions(options, [options.a, options.b])
  await using page = await PageOutput.create(context, options)
  let a: OpenedSide | undefined
  let b: OpenedSide | undefined
  try {
    a = await openSide(context, options, options.a)
    b = await openSide(context, options, options.b)
    const progress = new Progress(context.messages)
    using comparison = await compareSides({
      a: asInput(a),
      b: asInput(b),
      ...compareSettings(options),
      signal: context.stop,
      onProgress: (side, records) =>
        progress.show(() => `reading ${options[side]}: ${formatCount(records)} records`),
    })
    await progress.end()
    await context.messages.note(`a: ${describeSide(comparison.a)}`)
    await context.messages.note(`b: ${describeSide(comparison.b)}`)
    await page?.write('changes', diffPage(comparison, context.stop))
    await printDifferences(options, context, comparison, page !== undefined)
    return comparison.isSame ? EXIT.ok : DIFFERENT
  } finally {
    await closeSides(a, b)
  }
}

async function printDifferences(
  { summary }: Options,
  { out, messages, json, stop, page, endPage }: Context,
  comparison: Comparison,
  isOnPage: boolean,
): Promise<void> {
  if (json) {
    await writeDiffJson(out, comparison, summary)
    return
  }
  if (summary) {
    await writeSummary(out, comparison)
    return
  }
  if (isOnPage) {
    await messages.note(summaryOf(comparison))
    return
  }
  await page()
  const output = new DiffOutput(out, comparison)
  for (const difference of comparison.differences()) {
    stop.throwIfAborted()
    await output.difference(difference)
  }
  await endPage()
  await messages.note(summaryOf(comparison))
}

function summaryOf({ counts }: Comparison): string {
  const { added, removed, changed, same } = counts
  if (added + removed + changed === 0) return `no differences, ${formatCount(same)} unchanged`
  const parts = { added, removed, changed, unchanged: same }
  return Object.entries(parts)
    .map(([what, count]) => `${formatCount(count)} ${what}`)
    .join(', ')
}

async function writeSummary(out: Context['out'], comparison: Comparison): Promise<void> {
  const { added, removed, changed, same } = comparison.counts
  const sink = rowSink(out, [{ name: 'records' }, { name: 'count', type: 'int' }])
  for (const row of Object.entries({ added, removed, changed, same })) await sink.row(row)
  for (const [name, count] of await comparison.changedColumns()) {
    await sink.row([`changed in ${name}`, count])
  }
  await sink.end()
}
