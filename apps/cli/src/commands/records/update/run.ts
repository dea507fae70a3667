import { readAssignments, readDataObject } from '../../../assignments.ts'
import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { changeRecords } from '../change.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { set, setNull, data } = options
  if (set.length + setNull.length === 0 && data === undefined) {
    throw new UsageError(
      'there are no values to write',
      'Pass --set column=value, --set-null column or --data.',
    )
  }
  return changeRecords(options, context, (target, { handle }, definition, call) => {
    const values = {
      ...(data === undefined ? {} : readDataObject(data)),
      ...readAssignments(options, definition.columns),
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
