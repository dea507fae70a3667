/** Checks of a write by a condition, made before anything is sent. */
import type { Filter, Table } from '@chatlayer-tables/contract'
import { InvalidInputError, NotExpressibleError } from '../errors.ts'
import type { Condition } from '../query/condition.ts'
import { parseWhere } from '../query/parse-where.ts'
import type { Where } from '../query/where-types.ts'
import { coverOf } from '../query/wire-filter.ts'
import type { Values } from '../types.ts'
import { idColumn } from './id-filter.ts'
import type { WriteContext } from './write-context.ts'

/**
 * Rejects a condition that every record meets, unless `all` is set.
 *
 * @throws InvalidInputError
 */
export function checkWhere(where: Where, table: Table, all: boolean | undefined): Condition {
  const condition = parseWhere(where, table)
  if (all === true || condition.kind !== 'constant' || !condition.value) return condition
  throw new InvalidInputError(`the condition matches every record of "${table.name}"`, {
    field: 'where',
    hint: 'Pass { all: true } to change every record.',
  })
}

/** @throws InvalidInputError when there is nothing to write */
export function checkSet(set: Values): Values {
  if (Object.values(set).some((value) => value !== undefined)) return set
  throw new InvalidInputError('there must be a value to write', {
    field: 'set',
    hint: 'Pass at least one column with its new value.',
  })
}

/**
 * The filters that express a whole condition to the gateway; undefined where none do. With a listener
 * each record is written by itself, so that the listener sees exactly what is written, unless the
 * gateway cannot filter by id.
 */
export function wholeFilters(
  context: WriteContext,
  condition: Condition,
  table: Table,
): readonly Filter[] | undefined {
  const dialect = context.dialect()
  if (context.listener !== undefined && dialect.idFilter !== 'none') return undefined
  if (condition.kind === 'constant') {
    return condition.value && dialect.emptyFilter === 'all' ? [] : undefined
  }
  const cover = coverOf(condition, table, dialect)
  const [only, ...others] = cover?.selects ?? []
  return cover?.rest.length === 0 && others.length === 0 ? only?.filters : undefined
}

/** @throws NotExpressibleError when matching records can be written neither by filters nor by id */
export function checkAim(context: WriteContext, condition: Condition, table: Table): void {
  if (wholeFilters(context, condition, table) === undefined) idColumn(context.dialect())
}

export function tooManyMatches({ name }: Table, max: number): NotExpressibleError {
  return new NotExpressibleError(
    `more than ${max} records of "${name}" match the condition, and this gateway cannot filter by id`,
    { field: 'where', hint: 'Nothing was changed. Use narrower conditions.' },
  )
}
