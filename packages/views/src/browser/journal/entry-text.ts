/** What an entry of the journal says. Pure. */
import type { JournalEntry } from '../../protocol/journal.ts'
import { countText, plural } from '../kit/numbers.ts'

const KINDS = ['inserted', 'updated', 'deleted', 'rejected', 'unknown'] as const
export type CountKind = (typeof KINDS)[number]

/** The counts that are not 0, such as `1,200 inserted`. */
export function countParts({ counts }: JournalEntry): { kind: CountKind; text: string }[] {
  return KINDS.filter((kind) => counts[kind] > 0).map((kind) => ({
    kind,
    text: `${countText(counts[kind])} ${kind === 'unknown' ? 'with unknown outcome' : kind}`,
  }))
}

/** Such as `undone` or `3 of 12 undone`; undefined if nothing is. */
export function undoneText({ counts, undone }: JournalEntry): string | undefined {
  if (undone <= 0) return undefined
  const written = counts.inserted + counts.updated + counts.deleted
  return undone >= written ? 'undone' : `${countText(undone)} of ${countText(written)} undone`
}

/** Such as `stores@draft`, as requests name a table. */
export function tableAddress({ table, version }: Pick<JournalEntry, 'table' | 'version'>): string {
  return `${table}@${version.toLowerCase()}`
}

/** Whether an entry is of the table of a filter, which may leave the version open. */
export function isOfTable(entry: JournalEntry, filter: string | undefined): boolean {
  return filter === undefined || filter === entry.table || filter === tableAddress(entry)
}

/** What was done, for a button that opens it. */
export function entryTitle(entry: JournalEntry): string {
  const parts = countParts(entry).map(({ text }) => text)
  return parts.length === 0 ? 'nothing written' : parts.join(', ')
}

export function listedText(count: number, hasMore: boolean): string {
  return `${plural(count, 'change set')}${hasMore ? ' loaded, there are older ones' : ''}`
}
