/** Conditions rewritten, to find out what a condition missed. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { isObject } from '../call/lenient.ts'
import { columnOf, recordFieldOf } from '../policy/check-where.ts'
import type { VisibleTable } from '../policy/policy.ts'

export type Where = Readonly<Record<string, unknown>>

/** The condition on one column, and a rewritten one; undefined where it stays as it is. */
type Rewrite = (column: string, condition: unknown, isNegated: boolean) => Where | undefined

/** The condition with each test on a column rewritten; undefined if none was. */
function rewritten(where: Where, rewrite: Rewrite, isNegated = false): Where | undefined {
  let isChanged = false
  const inner = (condition: unknown, negated: boolean): unknown => {
    if (!isObject(condition)) return condition
    const found = rewritten(condition, rewrite, negated)
    isChanged ||= found !== undefined
    return found ?? condition
  }
  const parts = Object.entries(where).map(([key, value]): Where => {
    if (key === 'not') return { not: inner(value, !isNegated) }
    if ((key === 'and' || key === 'or') && Array.isArray(value)) {
      return { [key]: value.map((one) => inner(one, isNegated)) }
    }
    const found = rewrite(key, value, isNegated)
    isChanged ||= found !== undefined
    return found ?? { [key]: value }
  })
  return isChanged ? { and: parts } : undefined
}

/** The condition if null were a value like others, and the columns for which that matters. */
export function withNulls(where: Where): { where: Where; columns: string[] } | undefined {
  const columns = new Set<string>()
  const found = rewritten(where, (column, condition, isNegated) => {
    const isNullTest = condition === null || (isObject(condition) && 'isNull' in condition)
    if (isNullTest || recordFieldOf(column) !== undefined) return undefined
    const names = isObject(condition) ? Object.keys(condition) : []
    const isOpposite = names.length > 0 && names.every((name) => name === 'ne' || name === 'nin')
    if (!isOpposite && !isNegated) return undefined
    columns.add(columnOf(column))
    const test = { [column]: condition }
    return isOpposite
      ? { or: [test, { [column]: { isNull: true } }] }
      : { and: [test, { [column]: { isNull: false } }] }
  })
  return found && { where: found, columns: [...columns] }
}

/** Operators that search for a part of a text, and those that do so in any letter case. */
export const SEARCHES = {
  contains: 'icontains',
  startsWith: 'istartsWith',
  endsWith: 'iendsWith',
} as const

/** All operators that distinguish letter case. */
export const DISTINGUISH_CASE = { eq: 'ieq', ...SEARCHES } as const

/**
 * The condition without regard to letter case, and the operators for it.
 *
 * @param counterparts the operators to replace, and by which
 */
export function ignoringCase(
  where: Where,
  { table }: VisibleTable,
  counterparts: Readonly<Record<string, string>>,
): { where: Where; operators: string[] } | undefined {
  const operators = new Set<string>()
  const found = rewritten(where, (column, condition, isNegated) => {
    const declared = table.columns.find(({ name }) => name === columnOf(column))?.type
    if (isNegated || declared === undefined || columnTypeOf(declared) !== 'text') return undefined
    const tests = Object.entries(isObject(condition) ? condition : { eq: condition })
    const named = tests.filter(
      ([name, operand]) => typeof operand === 'string' && Object.hasOwn(counterparts, name),
    )
    if (named.length === 0) return undefined
    for (const [name] of named) operators.add(counterparts[name] ?? name)
    return {
      [column]: Object.fromEntries(
        tests.map((test) => (named.includes(test) ? [counterparts[test[0]], test[1]] : test)),
      ),
    }
  })
  return found && { where: found, operators: [...operators] }
}

/** The operands of a condition, by column. */
export function* operandsOf(where: Where): Generator<readonly [column: string, operand: unknown]> {
  for (const [key, value] of Object.entries(where)) {
    if (key === 'not' && isObject(value)) yield* operandsOf(value)
    else if ((key === 'and' || key === 'or') && Array.isArray(value)) {
      for (const one of value) if (isObject(one)) yield* operandsOf(one)
    } else {
      const operands = isObject(value) ? Object.values(value).flat() : [value]
      for (const operand of operands) yield [columnOf(key), operand]
    }
  }
}
