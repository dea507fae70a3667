/** The rows of a review: as pages show them, and digests of what would be written. */
import { createHash } from 'node:crypto'
import { canonicalJson, type PreviewedChange, type Values } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files/turns'
import type { NewReviewRow } from '@chatlayer-tables/journal/reviews'
import { type Cell, type ChangeRow, toCell } from '@chatlayer-tables/views'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { cellOf, isSame } from '../preview/cell.ts'

/** The changes of a write that write something, in their order. */
export function writtenChanges(changes: readonly PreviewedChange[]): PreviewedChange[] {
  return changes.filter(({ change }) => change !== 'unchanged')
}

/** Lets other calls run while it reads many changes. */
export async function reviewRows(
  changes: readonly PreviewedChange[],
  table: GuardedTable,
): Promise<NewReviewRow[]> {
  const rows: NewReviewRow[] = []
  const turns = new Turns()
  for (const change of writtenChanges(changes)) {
    rows.push({ digest: digestOfChange(change), shown: { ...shownRow(change, table) } })
    if (turns.isDue) await turns.pass()
  }
  return rows
}

/** Of all columns, hidden ones too. */
export async function digestsOf(changes: readonly PreviewedChange[]): Promise<string[]> {
  const digests: string[] = []
  const turns = new Turns()
  for (const change of writtenChanges(changes)) {
    digests.push(digestOfChange(change))
    if (turns.isDue) await turns.pass()
  }
  return digests
}

function digestOfChange({ change, id, before, after }: PreviewedChange): string {
  return createHash('sha256')
    .update(canonicalJson([change, id ?? null, before ?? null, after ?? null]))
    .digest('base64url')
}

function shownRow(
  { change, id, before, after }: PreviewedChange,
  table: GuardedTable,
): Omit<ChangeRow, 'index'> {
  const { columns } = table.definition
  const { masked } = table.visible
  const cells = (read: (name: string) => unknown): Cell[] =>
    columns.map(({ name }) => (masked.has(name) ? { absent: 'masked' } : toCell(read(name))))
  const next = (name: string) => cellOf(isIn(after, name) ? after : before, name)
  const changed = columns.flatMap(({ name }, index) =>
    isIn(after, name) && !isSame(cellOf(before, name), cellOf(after, name)) ? [index] : [],
  )
  return {
    kind: change as ChangeRow['kind'],
    ...(id === undefined ? {} : { id }),
    ...(before === undefined ? {} : { before: cells((name) => cellOf(before, name)) }),
    ...(after === undefined ? {} : { after: cells(next) }),
    ...(change === 'updated' ? { changed } : {}),
  }
}

function isIn(values: Values | undefined, name: string): boolean {
  return values !== undefined && Object.hasOwn(values, name)
}
