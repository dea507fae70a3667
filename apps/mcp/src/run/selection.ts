import type { TableHandle, Where } from '@chatlayer-tables/core'
import { ToolFailure } from '../answer/failure.ts'

/** The arguments that choose the records of an update or a delete. */
export interface SelectionArguments {
  readonly ids?: readonly string[] | undefined
  readonly where?: Readonly<Record<string, unknown>> | undefined
  readonly all?: boolean | undefined
}

/** The records that a write is about: named one by one, or by a condition. */
export type Selection =
  | { readonly by: 'ids'; readonly ids: readonly string[] }
  | { readonly by: 'where'; readonly where: Where; readonly all: boolean }

/**
 * Which one of `ids`, `where` and `all` was said. A condition that matches everything, said by
 * accident, is refused by the client unless `all` was meant.
 *
 * @throws ToolFailure for none of them, or more than one
 */
export function selectionOf({ ids, where, all = false }: SelectionArguments): Selection {
  const said = [ids, where, all || undefined].filter((one) => one !== undefined)
  if (said.length !== 1) {
    throw new ToolFailure('INVALID_ARGUMENTS', 'Say one of ids, where and all: true.', {
      field: said.length === 0 ? 'where' : ids === undefined ? 'all' : 'ids',
    })
  }
  if (ids !== undefined) return { by: 'ids', ids: [...new Set(ids)] }
  return { by: 'where', where: asWhere(where ?? {}), all }
}

/** The ids of the chosen records, as they are now. */
export async function selectedIds(
  table: TableHandle,
  selection: Selection,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (selection.by === 'ids') return selection.ids
  const ids: string[] = []
  for await (const { id } of table.records({ where: selection.where, select: [] }, { signal })) {
    ids.push(id)
  }
  return ids
}

/** A condition as it came in. The client checks it against the table, and names what is wrong. */
export function asWhere(where: Readonly<Record<string, unknown>>): Where {
  return where as Where
}
