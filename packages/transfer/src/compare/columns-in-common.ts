/** Chooses the columns that two sides are compared in. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { type Column, InvalidInputError, nearest } from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import type { CompareSettings } from './compare-types.ts'

export interface NamedColumns {
  /** Name of the side in messages. */
  readonly label: string
  readonly columns: readonly Column[]
  /** All names of its columns, also of those that are omitted (default: those of `columns`). */
  readonly names?: readonly string[] | undefined
}

/**
 * The columns that both sides have under one name and of one type, in the order of `b`, less those
 * that `settings` leave out.
 *
 * @throws InvalidInputError naming every column that only one side has or that has another type
 *   there and that the settings do not leave out, and for names in the settings that no side has
 */
export function columnsInCommon(
  a: NamedColumns,
  b: NamedColumns,
  settings: CompareSettings,
): Column[] {
  checkNames(a, b, settings)
  const isWanted = (name: string): boolean => isCompared(name, settings)
  const [wantedA, wantedB] = [a, b].map(({ columns }) =>
    columns.filter(({ name }) => isWanted(name)),
  ) as [Column[], Column[]]
  const typesOfA = new Map(wantedA.map(({ name, type }) => [name, type]))
  const namesOfB = new Set(wantedB.map(({ name }) => name))
  const problems = [
    ...onlyIn(
      a.label,
      wantedA.filter(({ name }) => !namesOfB.has(name)),
    ),
    ...onlyIn(
      b.label,
      wantedB.filter(({ name }) => !typesOfA.has(name)),
    ),
    ...wantedB.flatMap(({ name, type }) => {
      const other = typesOfA.get(name)
      if (other === undefined || isSameType(other, type)) return []
      return [`"${name}" is ${other} in ${a.label} and ${type} in ${b.label}`]
    }),
  ]
  if (problems.length > 0) {
    throw new InvalidInputError(`the columns differ: ${problems.join('; ')}`, {
      field: 'columns',
      hint: 'Ignore these columns, or choose the columns to compare.',
      situation: { code: 'COMPARED_COLUMNS_DIFFER' } satisfies TransferSituation,
    })
  }
  if (wantedB.length > 0) return wantedB
  throw new InvalidInputError('there are no columns to compare', { field: 'columns' })
}

/** Whether a column is compared; key columns always are. */
export function isCompared(name: string, { key = [], columns, ignore = [] }: CompareSettings) {
  if (key.includes(name)) return true
  return (columns === undefined || columns.includes(name)) && !ignore.includes(name)
}

function checkNames(
  a: NamedColumns,
  b: NamedColumns,
  { key = [], columns = [], ignore = [] }: CompareSettings,
): void {
  const namesOf = ({ names, columns }: NamedColumns): readonly string[] =>
    names ?? columns.map(({ name }) => name)
  const [namesA, namesB] = [namesOf(a), namesOf(b)]
  const all = [...new Set([...namesA, ...namesB])]
  const isKeyIgnored = key.find((name) => ignore.includes(name))
  if (isKeyIgnored !== undefined) {
    throw new InvalidInputError(`"${isKeyIgnored}" is in the key and must not be ignored`, {
      field: 'ignore',
    })
  }
  for (const name of [...key, ...columns]) {
    const lacking = [a, b].filter((side) => !namesOf(side).includes(name))
    if (lacking.length === 0) continue
    const near = nearest(name, all)
    throw new InvalidInputError(
      `there is no column "${name}" in ${lacking.map(({ label }) => label).join(', nor in ')}`,
      {
        field: key.includes(name) ? 'key' : 'columns',
        hint:
          near === undefined || near === name
            ? `In ${a.label}: ${namesA.join(', ')}. In ${b.label}: ${namesB.join(', ')}.`
            : `Did you mean "${near}"?`,
      },
    )
  }
  for (const name of ignore) {
    if (all.includes(name)) continue
    const near = nearest(name, all)
    throw new InvalidInputError(`neither side has the ignored column "${name}"`, {
      field: 'ignore',
      hint: near === undefined ? `Columns: ${all.join(', ')}.` : `Did you mean "${near}"?`,
    })
  }
}

function onlyIn(label: string, columns: readonly Column[]): string[] {
  if (columns.length === 0) return []
  return [`only in ${label}: ${columns.map(({ name }) => `"${name}"`).join(', ')}`]
}

/** Names of one type, such as `int` and `int8`, are the same. */
function isSameType(a: string, b: string): boolean {
  const [known, other] = [columnTypeOf(a), columnTypeOf(b)]
  return known === undefined && other === undefined ? a === b : known === other
}
