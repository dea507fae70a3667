import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import { changeRecords } from '../change.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  return changeRecords(options, context, (target, { handle }, _definition, call) =>
    target.ids === undefined
      ? {
          verb: 'Delete',
          done: 'deleted',
          preview: () => handle.preview.delete(target.where, { ...call, all: target.all }),
          write: () => handle.delete(target.where, { ...call, all: target.all }),
        }
      : {
          verb: 'Delete',
          done: 'deleted',
          preview: () => handle.preview.deleteById(target.ids, call),
          write: () => handle.deleteById(target.ids, call),
        },
  )
}
