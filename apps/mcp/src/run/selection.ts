import type { Preview, Where } from '@chatlayer-tables/core'
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

/** The records that a write is going to change, by their ids. */
export interface Targets {
  /** How many records were chosen. */
  readonly matched: number
  /** Those of them that would not be left as they are. */
  readonly ids: readonly string[]
}

/** A preview asked to show no record less than all. */
export const ALL_CHANGES = { limit: Number.POSITIVE_INFINITY }

/** The targets that a preview of {@link ALL_CHANGES} found. */
export function targetsOf({ matched, changes }: Preview): Targets {
  const ids = changes.flatMap(({ id, change }) => (change === 'unchanged' ? [] : (id ?? [])))
  return { matched, ids }
}

/** A condition as it came in. The client checks it against the table, and names what is wrong. */
export function asWhere(where: Readonly<Record<string, unknown>>): Where {
  return where as Where
}
