import type { Selection } from '../policy/guarded-table.ts'
import { ToolError } from '../result/tool-error.ts'

/** The arguments that select the records of an update or a delete. */
export interface SelectionArguments {
  readonly ids?: readonly string[] | undefined
  readonly where?: Readonly<Record<string, unknown>> | undefined
  readonly all?: boolean | undefined
}

/**
 * The selection by `ids`, `where` or `all`. The client rejects a condition that matches every record
 * unless `all` is set.
 *
 * @throws ToolError if none of them is set, or more than one
 */
export function selectionOf({ ids, where, all = false }: SelectionArguments): Selection {
  const given = [ids, where, all || undefined].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw new ToolError('INVALID_ARGUMENTS', 'Pass exactly one of ids, where and all: true.', {
      field: given.length === 0 ? 'where' : ids === undefined ? 'all' : 'ids',
    })
  }
  if (ids !== undefined) return { by: 'ids', ids: [...new Set(ids)] }
  return { by: 'where', where: where ?? {}, all }
}
