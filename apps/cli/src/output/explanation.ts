import { type RecordQuery, stringifyJson } from '@chatlayer-tables/core'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'

/** Explains how a query would be run, without running it. */
export async function explainQuery(context: Context, records: RecordQuery): Promise<ExitCode> {
  const explanation = await records.explain()
  const { text, ...facts } = explanation
  await context.out.write(`${context.json ? stringifyJson(facts) : text}\n`)
  return EXIT.ok
}
