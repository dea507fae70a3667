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

/** The columns of a comparison. */
export interface ComparedColumns {
  /** In the order and with the types of `b`. */
  readonly columns: readonly Column[]
  /** Names of columns that are not compared, since the other side does not have them. */
  readonly onlyInA: readonly string[]
  readonly onlyInB: readonly string[]
  /** Compared columns whose values in `a` have another type. */
  readonly converted: readonly ConvertedColumn[]
}

export interface ConvertedColumn {
  readonly name: string
  /** Type in `a` and in `b`. */
  readonly from: string
  readonly to: string
}

/**
 * The columns that both sides have under one name, less those that `settings` leave out.
 *
 * @throws InvalidInputError for names in the settings that no side has; and, unless `inCommon` is set,
 *   naming every column that only one side has or that has another type there
 */
export function columnsInCommon(
  a: NamedColumns,
  b: NamedColumns,
  settings: CompareSettings,
): ComparedColumns {
  checkNames(a, b, settings)
  const isWanted = (name: string): boolean => isCompared(name, settings)
  const [wantedA, wantedB] = [a, b].map(({ columns }) =>
    columns.filter(({ name }) => isWanted(name)),
  ) as [Column[], Column[]]
  const typesOfA = new Map(wantedA.map(({ name, type }) => [name, type]))
  const namesOfB = new Set(wantedB.map(({ name }) => name))
  const columns = wantedB.filter(({ name }) => typesOfA.has(name))
  const onlyInA = namesOf(wantedA).filter((name) => !namesOfB.has(name))
  const onlyInB = namesOf(wantedB).filter((name) => !typesOfA.has(name))
  const converted = columns.flatMap(({ name, type }) => {
    const from = typesOfA.get(name) ?? type
    return isSameType(from, type) ? [] : [{ name, from, to: type }]
  })
  if (settings.inCommon !== true) {
    rejectDifferences([
      ...onlyIn(a.label, onlyInA),
      ...onlyIn(b.label, onlyInB),
      ...converted.map(
        ({ name, from, to }) => `"${name}" is ${from} in ${a.label} and ${to} in ${b.label}`,
      ),
    ])
  }
  if (columns.length > 0) return { columns, onlyInA, onlyInB, converted }
  throw new InvalidInputError('there are no columns to compare', { field: 'columns' })
}

function namesOf(columns: readonly Column[]): string[] {
  return columns.map(({ name }) => name)
}

function rejectDifferences(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new InvalidInputError(`the columns differ: ${problems.join('; ')}`, {
      field: 'columns',
      hint: 'Ignore these columns, or choose the columns to compare.',
      situation: { code: 'COMPARED_COLUMNS_DIFFER' } satisfies TransferSituation,
    })
  }
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
  const allOf = ({ names, columns }: NamedColumns): readonly string[] => names ?? namesOf(columns)
  const [namesA, namesB] = [allOf(a), allOf(b)]
  const all = [...new Set([...namesA, ...namesB])]
  const isKeyIgnored = key.find((name) => ignore.includes(name))
  if (isKeyIgnored !== undefined) {
    throw new InvalidInputError(`"${isKeyIgnored}" is in the key and must not be ignored`, {
      field: 'ignore',
    })
  }
  for (const name of [...key, ...columns]) {
    const lacking = [a, b].filter((side) => !allOf(side).includes(name))
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

function onlyIn(label: string, names: readonly string[]): string[] {
  if (names.length === 0) return []
  return [`only in ${label}: ${names.map((name) => `"${name}"`).join(', ')}`]
}

/** Names of one type, such as `int` and `int8`, are the same. */
function isSameType(a: string, b: string): boolean {
  const [known, other] = [columnTypeOf(a), columnTypeOf(b)]
  return known === undefined && other === undefined ? a === b : known === other
}
