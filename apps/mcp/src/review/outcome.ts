/** What became of an executed review, as pages and programs get it from the store. */
import type { WriteResult } from '@chatlayer-tables/views'
import { counted } from '../result/sentences.ts'
import { ToolError } from '../result/tool-error.ts'

const COUNTS = ['inserted', 'updated', 'deleted', 'undone', 'conflicts', 'rejected', 'unknown']

/** @param written the result of the tool */
export function writeResultOf(written: Readonly<Record<string, unknown>>): WriteResult {
  const counts = Object.fromEntries(
    COUNTS.flatMap((name) => {
      const count = written[name]
      return typeof count === 'number' && count > 0 ? [[name, count]] : []
    }),
  )
  const sums = Object.entries(counts).map(([name, count]) => `${counted(count, 'record')} ${name}`)
  const { change_set: changeSet } = written
  return {
    state: 'done',
    message: sums.length === 0 ? 'Nothing was written.' : `${sums.join(', ')}.`,
    counts,
    ...(typeof changeSet === 'string' ? { changeSets: [changeSet] } : {}),
  }
}

export function failureOf(error: unknown): WriteResult {
  if (!(error instanceof ToolError)) {
    return { state: 'done', message: 'The write failed. Check the journal for what was written.' }
  }
  const { change_set: changeSet, hint } = error.details
  return {
    state: 'done',
    message: [error.message, hint].filter((text) => text !== undefined).join(' '),
    ...(changeSet === undefined ? {} : { changeSets: [changeSet] }),
  }
}

export const OUTDATED: WriteResult = {
  state: 'done',
  message: 'Nothing was written: the records have changed since this review was made.',
  isOutdated: true,
}
