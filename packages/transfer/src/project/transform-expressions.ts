/** The SQL expressions of a sync, computed over rows of its source. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { Table, Value } from '@chatlayer-tables/core'
import { ExpressionError, tokenize } from '@chatlayer-tables/mirror'
import { ProjectError } from './project-error.ts'
import type { SyncSpec } from './project-types.ts'

/** The condition, where there is one, before the expressions of columns. */
export function expressionsOf({ where, transform }: SyncSpec, target: Table) {
  const condition = where === undefined ? [] : [{ column: WHERE, text: where.sql, type: undefined }]
  return [
    ...condition,
    ...Object.entries(transform).map(([column, { sql }]) => {
      const type = target.columns.find(({ name }) => name === column)?.type
      return { column, text: sql, type: type === undefined ? undefined : columnTypeOf(type) }
    }),
  ]
}

/** The name of the condition among expressions; no column has it. */
const WHERE = '\0where'

/** Errors of expressions with their place in the project. */
export async function explained<T>(spec: SyncSpec, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    const isWhere = error.column === WHERE
    const place = isWhere ? spec.where?.place : spec.transform[error.column]?.place
    const message = error.message.replace(/^the expression for ".*?": /s, 'the expression: ')
    throw new ProjectError([{ place: place ?? spec.place, message, hint: error.hint }])
  }
}

/** As SQL takes a value for a condition: text by the number it begins with. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'string') return Number.parseFloat(value) !== 0 && /^\s*[-+.\d]/.test(value)
  return value !== null && value !== false && Number(value) !== 0
}

/** The name by which expressions can refer to the row. */
export function rowName(label: string): string {
  const name = label.replace(/^.*[/\\#]/, '').replace(/[.@].*$/, '')
  return tokenize(name).length === 1 ? name : 'row'
}
