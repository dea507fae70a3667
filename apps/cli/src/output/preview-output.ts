/** Prints what a write would change. */
import {
  type Preview,
  type PreviewedChange,
  stringifyJson,
  type Table,
  type Value,
} from '@chatlayer-tables/core'
import type { Context } from '../context.ts'
import { formatCount, plural } from './progress.ts'
import { type HiddenColumn, recordColumns, recordRow, rowSink } from './record-output.ts'

/** Number of rejected rows listed one by one. */
const MAX_REJECTED = 10

/** Shows at most `limit` changes, and their total on stderr. */
export async function showPreview(
  { out, messages, json }: Pick<Context, 'out' | 'messages' | 'json'>,
  preview: Preview,
  table: Table,
  limit = preview.changes.length,
): Promise<void> {
  if (json) {
    const rejected = preview.rejected.map(({ index, error: { code, message, hint } }) => ({
      index,
      error: { code, message, hint },
    }))
    await out.write(`${stringifyJson({ ...preview, rejected })}\n`)
    return
  }
  const changes = preview.changes.slice(0, limit)
  if (changes.some(({ before, after }) => before !== undefined && after !== undefined)) {
    await showUpdates(out, changes)
  } else {
    await reportHidden(messages, await showRecords(out, changes, table))
  }
  for (const { index, error } of preview.rejected.slice(0, MAX_REJECTED)) {
    await messages.say(`row ${index + 1} would be rejected: ${error.message}`)
  }
  const unlisted = preview.rejectedCount - MAX_REJECTED
  if (unlisted > 0) await messages.say(`and ${formatCount(unlisted)} more such rows`)
  const more = preview.matched - changes.length
  if (more > 0) await messages.note(`and ${formatCount(more)} more`)
  await messages.note(`${countOf(preview.matched)} would be ${wordOf(preview)}`)
}

/**
 * Reports on one line the columns that did not fit on the terminal.
 *
 * @param choose the option that selects columns, if the command has one
 */
export async function reportHidden(
  messages: Context['messages'],
  hidden: readonly HiddenColumn[],
  choose?: string,
): Promise<void> {
  if (hidden.length === 0) return
  const names = hidden.map(({ name }) => name).join(', ')
  const count = `and ${plural(hidden.length, 'more column')}`
  const ways = [...(choose === undefined ? [] : [choose]), '--wide', '--vertical', '--json']
  const texts = [
    `${count}: ${names} (${ways.join(', ')})`,
    `${count} (${ways.join(', ')})`,
    `${count} (${ways.slice(0, 2).join(', ')})`,
  ]
  const fits = (text: string): boolean => text.length < messages.width
  await messages.note(texts.find(fits) ?? count)
}

export function countOf(records: number): string {
  return `${formatCount(records)} ${records === 1 ? 'record' : 'records'}`
}

function wordOf({ counts, matched }: Preview): string {
  if (counts.inserted === matched) return 'inserted'
  if (counts.deleted === matched) return 'deleted'
  if (counts.inserted > 0) {
    const { inserted, updated, unchanged } = counts
    const parts = [`${formatCount(inserted)} inserted`, `${formatCount(updated)} updated`]
    return `written: ${parts.join(', ')}, ${formatCount(unchanged)} unchanged`
  }
  return counts.unchanged === 0
    ? 'updated'
    : `written, ${formatCount(counts.unchanged)} of them unchanged`
}

/** Prints one row for each changed column. */
async function showUpdates(
  out: Context['out'],
  changes: readonly PreviewedChange[],
): Promise<void> {
  const names = ['id', 'column', 'before', 'after']
  const sink = rowSink(
    out,
    names.map((name) => ({ name })),
  )
  for (const { id, before = {}, after = {} } of changes) {
    for (const [name, value] of Object.entries(after)) {
      const old: Value = before[name] ?? null
      if (stringifyJson(old) === stringifyJson(value)) continue
      await sink.row([id ?? null, name, old, value])
    }
  }
  await sink.end()
}

/** Prints one row for each inserted or deleted record. */
async function showRecords(
  out: Context['out'],
  changes: readonly PreviewedChange[],
  table: Table,
): Promise<readonly HiddenColumn[]> {
  const columns = recordColumns(table)
  const sink = rowSink(out, columns)
  for (const { id, before, after } of changes) {
    const values = after ?? before ?? {}
    await sink.row(recordRow({ id: id ?? '', createdAt: '', updatedAt: '', values }, columns))
  }
  await sink.end()
  return sink.hidden
}
