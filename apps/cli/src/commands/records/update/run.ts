import type { TableRecord } from '@chatlayer-tables/core'
import { readAssignments, readDataObject, readExpressions } from '../../../assignments.ts'
import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { changeRecords } from '../change.ts'
import { UpdateEach } from '../update-each.ts'
import { computeUpdates } from './computed-update.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { set, setNull, setSql, data } = options
  if (set.length + setNull.length + setSql.length === 0 && data === undefined) {
    throw new UsageError(
      'there are no values to write',
      'Pass --set column=value, --set-null column, --set-sql column=expression or --data.',
    )
  }
  const expressions = readExpressions(setSql)
  return changeRecords(options, context, (target, { handle }, definition, call) => {
    const values = {
      ...(data === undefined ? {} : readDataObject(data)),
      ...readAssignments(options, definition.columns),
    }
    if (setSql.length > 0) {
      const { messages } = context
      const compute = (records: AsyncIterable<TableRecord>) =>
        computeUpdates(records, { expressions, values, definition, call, messages })
      return new UpdateEach({ target, handle, call, messages, compute })
    }
    return target.ids === undefined
      ? {
          verb: 'Update',
          done: 'updated',
          preview: () => handle.preview.update(target.where, values, { ...call, all: target.all }),
          write: () => handle.update(target.where, values, { ...call, all: target.all }),
        }
      : {
          verb: 'Update',
          done: 'updated',
          preview: () => handle.preview.updateById(target.ids, values, call),
          write: () => handle.updateById(target.ids, values, call),
        }
  })
}
