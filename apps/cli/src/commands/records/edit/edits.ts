/** What the edits of a file change. Pure. */
import {
  stringifyJson,
  type TableRecord,
  type UpdateById,
  type Values,
} from '@chatlayer-tables/core'
import type { EditedRow, EditedText, EditProblem } from './edit-text.ts'

export interface Edits {
  readonly updates: readonly UpdateById[]
  readonly inserts: readonly Values[]
  /** Records whose row was removed. */
  readonly removed: readonly TableRecord[]
  readonly problems: readonly EditProblem[]
}

/**
 * @param original the file before it was edited, read in the same way: only what reads differently is
 *   an edit, whatever a format does to values
 */
export function findEdits(
  records: readonly TableRecord[],
  original: EditedText,
  edited: EditedText,
  { mayInsert }: { readonly mayInsert: boolean },
): Edits {
  const problems = [...edited.problems]
  const byId = new Map(records.map((record) => [record.id, record]))
  const before = new Map(original.rows.map((row) => [row.id, row.values]))
  const seen = new Map<string, EditedRow>()
  const updates: UpdateById[] = []
  const inserts: Values[] = []
  for (const row of edited.rows) {
    const { id, line, values } = row
    if (id === undefined) {
      if (mayInsert) inserts.push(values)
      else problems.push({ line, message: 'a row without an ID is a new record; pass --insert' })
      continue
    }
    const record = byId.get(id)
    const earlier = seen.get(id)
    seen.set(id, row)
    if (record === undefined)
      problems.push({ line, message: `no record with the ID ${id} was opened` })
    else if (earlier !== undefined) {
      problems.push({ line, message: `the record ${id} is on line ${earlier.line} as well` })
    } else {
      const set = changed(before.get(id) ?? {}, values)
      if (Object.keys(set).length > 0) updates.push({ id, set, before: record.values })
    }
  }
  const removed = records.filter(({ id }) => !seen.has(id))
  return { updates, inserts, removed, problems }
}

/** The values that differ; a column that is not in the file stays as it is. */
function changed(before: Values, after: Values): Values {
  const entries = Object.entries(after).filter(
    ([name, value]) => stringifyJson(before[name] ?? null) !== stringifyJson(value),
  )
  return Object.fromEntries(entries)
}
