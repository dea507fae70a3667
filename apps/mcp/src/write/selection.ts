import type { Selection } from '../policy/guarded-table.ts'
import { ToolError } from '../result/tool-error.ts'

/** The arguments that choose the records of an update or a delete. */
export interface SelectionArguments {
  readonly ids?: readonly string[] | undefined
  readonly where?: Readonly<Record<string, unknown>> | undefined
  readonly all?: boolean | undefined
}

/**
 * Which one of `ids`, `where` and `all` was said. A condition that matches everything, said by
 * accident, is refused by the client unless `all` was meant.
 *
 * @throws ToolError for none of them, or more than one
 */
export function selectionOf({ ids, where, all = false }: SelectionArguments): Selection {
  const said = [ids, where, all || undefined].filter((one) => one !== undefined)
  if (said.length !== 1) {
    throw new ToolError('INVALID_ARGUMENTS', 'Say one of ids, where and all: true.', {
      field: said.length === 0 ? 'where' : ids === undefined ? 'all' : 'ids',
    })
  }
  if (ids !== undefined) return { by: 'ids', ids: [...new Set(ids)] }
  return { by: 'where', where: where ?? {}, all }
}
