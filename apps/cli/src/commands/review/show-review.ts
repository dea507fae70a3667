/** The changes of a review as text, in the form of every other preview. */
import { type PreviewedChange, parseJson, type Value, type Values } from '@chatlayer-tables/core'
import type { Cell, ChangedTable, ChangeRow } from '@chatlayer-tables/views'
import type { Context } from '../../context.ts'
import { writeFacts } from '../../output/facts.ts'
import { showPreview } from '../../output/preview-output.ts'
import type { OpenReview } from './decide-review.ts'
import { byOf } from './list-reviews.ts'
import { factsOf, rowOf } from './stored-facts.ts'

/** Problems shown of each table. */
const MAX_PROBLEMS = 10

/** @param limit number of changes shown of each table */
export async function showReview(
  { reviews, review }: OpenReview,
  limit: number,
  { err, messages }: Context,
): Promise<void> {
  const { title, facts, remarks, sets } = factsOf(review)
  const { id, note, expiresAt } = review
  await writeFacts(
    err,
    ['review', id],
    [
      ['what', title],
      ['by', byOf(review)],
      ...(note === undefined ? [] : [['note', note]]),
      ['expires', expiresAt],
      ...facts.map(([label, text]) => [label, text]),
    ],
  )
  await err.write('\n')
  for (const remark of remarks) await messages.say(remark)
  for (const [index, set] of sets.entries()) {
    const rows = await reviews.rows(id, { set: index, offset: 0, limit })
    await showSet(rows.map(rowOf), set, { out: err, messages })
  }
}

async function showSet(
  rows: readonly ChangeRow[],
  { table, columns, counts, rows: matched, problems }: ChangedTable,
  { out, messages }: Pick<Context, 'out' | 'messages'>,
): Promise<void> {
  const preview = {
    ...{ matched, counts, truncated: rows.length < matched, rejected: [], rejectedCount: 0 },
    changes: rows.map((row) => asChange(row, columns)),
  }
  const shape = { id: '', name: table, columns } as Parameters<typeof showPreview>[2]
  await showPreview({ out, messages, json: false }, preview, shape)
  for (const { place, column, reason } of problems.slice(0, MAX_PROBLEMS)) {
    await messages.say(`${place}${column === undefined ? '' : `, ${column}`}: ${reason}`)
  }
}

function asChange(
  { kind, id, before, after, changed }: ChangeRow,
  columns: ChangedTable['columns'],
): PreviewedChange {
  const values = (cells: readonly Cell[] | undefined): Values | undefined =>
    cells &&
    Object.fromEntries(columns.map(({ name }, index) => [name, valueIn(cells[index] ?? null)]))
  const now = values(after)
  const written = kind === 'updated' ? onlyChanged(now, columns, changed) : now
  return { change: kind, id, before: values(before), after: written }
}

function onlyChanged(
  values: Values | undefined,
  columns: ChangedTable['columns'],
  changed: readonly number[] = [],
): Values {
  return Object.fromEntries(
    changed.flatMap((index) => {
      const name = columns[index]?.name
      return name === undefined ? [] : [[name, values?.[name] ?? null]]
    }),
  )
}

/** Values that are not shown are words, which no text of the table can be taken for: they are marked. */
function valueIn(cell: Cell): Value {
  if (typeof cell !== 'object' || cell === null) return cell
  if ('absent' in cell) return cell.absent === 'not-kept' ? '(not recorded)' : `(${cell.absent})`
  return parseJson('number' in cell ? cell.number : cell.json) as Value
}
