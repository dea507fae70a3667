import type { ChatlayerError, Values } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { fitLists } from '../answer/budget.ts'
import { DEFAULT_TOKENS } from '../tools/fields.ts'
import { insertRecords } from '../tools/insert-records.ts'
import type { PlannedWrite } from './confirm/confirmation.ts'
import { twinsOf } from './confirm/twins.ts'
import { bind, type CallContext } from './context.ts'
import { openTable } from './open-table.ts'
import { collect } from './outcomes.ts'
import type { GuardedTable } from './policy/guarded-table.ts'
import { phrase, previewAnswer, type ShownChange, shownChanges } from './preview.ts'
import { fieldOf, naming } from './trouble.ts'
import { carryOut } from './write-record.ts'

type Input = z.output<typeof insertRecords.input>

export const runInsertRecords = bind(insertRecords, async (input, context) => {
  const table = await openTable(context, input.table, 'write')
  const rows = input.records.map((row, index) =>
    table.checkValues(row, 'fill', `records[${index}]`),
  )
  const guarded = context.confirmation.mayNeed({ count: rows.length, deletes: false, table })
  const twins = guarded ? await twinsOf(rows, table) : undefined
  const planned = (samples: readonly ShownChange[]): PlannedWrite => ({
    tool: insertRecords.name,
    table,
    args: { rows },
    count: rows.length,
    deletes: false,
    data: () => twins,
    does: phrase('insert', rows.length, table).replace(' of ', ' into '),
    samples,
    note: input.note,
  })
  if (input.dry_run) {
    const preview = await naming(fieldOfRows, () => table.previewInsert(rows))
    const changes = shownChanges(preview, table)
    return previewAnswer(context, planned(changes), changes, { inserted: 0 })
  }
  const samples = rows.map((after) => ({ change: 'inserted', after }))
  context.confirmation.require(planned(samples), context.request, input.confirm_token)
  return write(rows, table, input, context)
})

async function write(
  rows: readonly Values[],
  table: GuardedTable,
  { note }: Input,
  context: CallContext,
) {
  const { written, more } = await carryOut(
    context,
    { tool: insertRecords.name, table, note },
    async () => {
      const names = { byPlace: true, field: fieldOfRow }
      const more = await collect(table.insert(rows), names, context, rows.length)
      const { ok, rejected, unknown } = more
      return { more, counts: { inserted: ok.size, rejected, unknown } }
    },
  )
  const { notice, problems, ok } = more
  const frame = { notice, ...written, problems }
  const ids = rows.map((_, index) => ok.get(index)?.id ?? null)
  const { lists } = fitLists(frame, { ids }, DEFAULT_TOKENS)
  return { ...frame, ids: [...lists.ids] }
}

/** The client's `values.phone` is this tool's `records[3].phone`. */
export function fieldOfRow(error: ChatlayerError, row: number): string | undefined {
  return fieldOf(error)?.replace(/^values/, `records[${row}]`)
}

/** Of a preview, which does not tell the row. */
export function fieldOfRows(error: ChatlayerError): string | undefined {
  return fieldOf(error)?.replace(/^values/, 'records[…]')
}
