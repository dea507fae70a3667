/** The changes of a write as small tables: only what changes, under names that a person recognizes. */
import { type PreviewedChange, stringifyJson, type Values } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files/turns'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { MASK } from '../policy/policy.ts'
import { shortCell } from '../result/cells.ts'
import { cellOf, isSame, shortPair } from './cell.ts'
import { isShort, MAX_EXAMINED, type Naming, namingOf } from './names.ts'

/** In the order in which a preview shows them. */
export const SECTION_NAMES = ['updates', 'inserts', 'deletes'] as const
export type SectionName = (typeof SECTION_NAMES)[number]

const CHANGE_OF = { updates: 'updated', inserts: 'inserted', deletes: 'deleted' } as const

/** Some records of one kind of change, as a table. */
export interface Section {
  /** The new values, if they are the same for every record. */
  readonly new_values?: Readonly<Record<string, unknown>>
  /** By column: the old values with the number of records that have them, if they are few. */
  readonly old_values?: Readonly<Record<string, readonly (readonly [unknown, number])[]>>
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** All records of one kind of change, in the order to show them. */
export interface SectionPlan {
  readonly name: SectionName
  readonly head: Omit<Section, 'rows'>
  /** The number of leading columns that name the record. */
  readonly named: number
  /** The columns after the name: values, pairs of old and new values, or one column with old and new value. */
  readonly form: 'values' | 'pairs' | 'column'
  readonly changes: readonly PreviewedChange[]
  /** The rows of one record. */
  readonly rowsOf: (change: PreviewedChange, length: number) => unknown[][]
}

/** Characters shown of a value that several records share. */
const SHARED_LENGTH = 80

/** More old values than this are shown by record, not counted. */
const MAX_OLD_VALUES = 10

/** Updates of more columns than this take one row per value. */
const MAX_WIDE = 4

/** Columns shown of a deleted record, besides its name. */
const MAX_TELLING = 3

/**
 * Lets other calls run while it reads many changes.
 *
 * @param key the key columns, if the write has some
 */
export async function planSections(
  changes: readonly PreviewedChange[],
  table: GuardedTable,
  key: readonly string[] | undefined,
): Promise<SectionPlan[]> {
  const plans: SectionPlan[] = []
  for (const name of SECTION_NAMES) {
    const own = changes.filter(({ change }) => change === CHANGE_OF[name])
    if (own.length > 0) plans.push(await PLANS[name](own, table, key))
  }
  return plans
}

type MakePlan = (
  changes: readonly PreviewedChange[],
  table: GuardedTable,
  key: readonly string[] | undefined,
) => Promise<SectionPlan>

const PLANS: Readonly<Record<SectionName, MakePlan>> = {
  async updates(changes, table, key) {
    const turns = new Turns()
    const naming = await namingOf(recordsOf(changes), table, key, turns)
    const changed: string[][] = []
    for (const change of changes) {
      if (turns.isDue) await turns.pass()
      changed.push(changedColumns(change, table))
    }
    return (
      uniformUpdates(changes, changed, table, naming) ?? updatesOf(changes, changed, table, naming)
    )
  },

  async inserts(changes, table) {
    const records = recordsOf(changes)
    const columns = filledColumns(records, table)
    const rowsOf: SectionPlan['rowsOf'] = (change, length) => [
      columns.map((column) => shortCell(shownOf(change.after, column, table), length).value),
    ]
    return { name: 'inserts', head: { columns }, named: 0, form: 'values', changes, rowsOf }
  },

  async deletes(changes, table, key) {
    const records = recordsOf(changes)
    const naming = await namingOf(records, table, key)
    const telling = tellingColumns(records.slice(0, MAX_EXAMINED), naming, table)
    return {
      name: 'deletes',
      head: { columns: [...namesOf(naming), ...telling] },
      named: namesOf(naming).length,
      form: 'values',
      changes,
      rowsOf: (change, length) => [
        [
          ...nameOf(change, naming, length),
          ...telling.map((column) => shortCell(cellOf(change.before, column), length).value),
        ],
      ],
    }
  },
}

/** Updates to the same values: these are stated once, with the old values and how many have them. */
function uniformUpdates(
  changes: readonly PreviewedChange[],
  changed: readonly (readonly string[])[],
  table: GuardedTable,
  naming: Naming,
): SectionPlan | undefined {
  const [first] = changes
  const columns = [...new Set(changed.flat())]
  if (first === undefined || changes.length === 1 || columns.length === 0) return undefined
  const next = (change: PreviewedChange, column: string) => cellOf(change.after, column)
  const isUniform = columns.every((column) =>
    changes.every((change) => isSame(next(change, column), next(first, column))),
  )
  if (!isUniform) return undefined
  const old = Object.fromEntries(
    columns.map((column) => [
      column,
      countValues(
        changes.filter((_, index) => changed[index]?.includes(column)),
        column,
        table,
      ),
    ]),
  )
  const isFew = Object.values(old).every((values) => values.length <= MAX_OLD_VALUES)
  // A column that all records had the same value in needs no cell.
  const shown = columns.filter(
    (column) => !naming.columns.includes(column) && (old[column]?.length !== 1 || !isFew),
  )
  const newValues = columns.map((column) => [
    column,
    shortCell(shownOf(first.after, column, table), SHARED_LENGTH).value,
  ])
  return {
    name: 'updates',
    head: {
      new_values: Object.fromEntries(newValues),
      ...(isFew ? { old_values: old } : {}),
      columns: [...namesOf(naming), ...shown],
    },
    named: namesOf(naming).length,
    form: 'values',
    changes,
    rowsOf: (change, length) => [
      [
        ...nameOf(change, naming, length),
        ...shown.map((column) => shortCell(shownOf(change.before, column, table), length).value),
      ],
    ],
  }
}

/** Updates to different values: old and new in columns, or one row per value if the columns differ. */
function updatesOf(
  changes: readonly PreviewedChange[],
  changed: readonly (readonly string[])[],
  table: GuardedTable,
  naming: Naming,
): SectionPlan {
  const pair = (change: PreviewedChange, column: string, length: number) =>
    shortPair(shownOf(change.before, column, table), shownOf(change.after, column, table), length)
  const named = namesOf(naming)
  const [columns = []] = changed
  const isWide =
    columns.length <= MAX_WIDE && changed.every((its) => isSame([...its], [...columns]))
  if (!isWide) {
    const head = { columns: [...named, 'column', 'old', 'new'] }
    const rowsOf: SectionPlan['rowsOf'] = (change, length) => {
      const name = nameOf(change, naming, length)
      const its = changedColumns(change, table)
      if (its.length === 0) return [[...name, null, null, null]]
      return its.map((column) => [...name, column, ...pair(change, column, length)])
    }
    return { name: 'updates', head, named: named.length, form: 'column', changes, rowsOf }
  }
  // The old value of a name is the name.
  const labels = columns.flatMap((column) =>
    naming.columns.includes(column) ? [`${column} (new)`] : [column, `${column} (new)`],
  )
  const rowsOf: SectionPlan['rowsOf'] = (change, length) => [
    [
      ...nameOf(change, naming, length),
      ...columns.flatMap((column) => {
        const values = pair(change, column, length)
        return naming.columns.includes(column) ? values.slice(1) : values
      }),
    ],
  ]
  return {
    name: 'updates',
    head: { columns: [...named, ...labels] },
    named: named.length,
    form: 'pairs',
    changes,
    rowsOf,
  }
}

function recordsOf(changes: readonly PreviewedChange[]): Values[] {
  return changes.map(({ before, after }) => before ?? after ?? {})
}

function namesOf({ columns, withIds }: Naming): readonly string[] {
  return withIds ? [...columns, 'id'] : columns
}

function nameOf(change: PreviewedChange, naming: Naming, length: number): unknown[] {
  const record = change.before ?? change.after ?? {}
  const name = naming.columns.map((column) => shortCell(cellOf(record, column), length).value)
  if (!naming.withIds) return name
  return [...name, naming.needsId(record) ? (change.id ?? null) : null]
}

/** The visible columns whose value an update changes. */
function changedColumns({ before, after }: PreviewedChange, table: GuardedTable): string[] {
  return table.definition.columns
    .map(({ name }) => name)
    .filter(
      (name) =>
        after !== undefined &&
        Object.hasOwn(after, name) &&
        !isSame(cellOf(before, name), cellOf(after, name)),
    )
}

function shownOf(values: Values | undefined, column: string, table: GuardedTable): unknown {
  return table.visible.masked.has(column) ? MASK : cellOf(values, column)
}

/** The values of a column and how many records have each, the most frequent first. */
function countValues(
  changes: readonly PreviewedChange[],
  column: string,
  table: GuardedTable,
): (readonly [unknown, number])[] {
  const counts = new Map<string, [unknown, number]>()
  for (const { before } of changes) {
    const { value } = shortCell(shownOf(before, column, table), SHARED_LENGTH)
    const text = stringifyJson(value)
    const entry = counts.get(text) ?? [value, 0]
    entry[1]++
    counts.set(text, entry)
  }
  return [...counts.values()].sort((a, b) => b[1] - a[1])
}

/** The visible columns that any of the records has a value for; at least one. */
function filledColumns(records: readonly Values[], table: GuardedTable): string[] {
  const names = table.definition.columns.map(({ name }) => name)
  const filled = names.filter((name) => records.some((record) => cellOf(record, name) !== null))
  return filled.length > 0 ? filled : names.slice(0, 1)
}

/** Columns that help to recognize deleted records: the filled ones with the most different values. */
function tellingColumns(
  records: readonly Values[],
  naming: Naming,
  table: GuardedTable,
): readonly string[] {
  const readable = new Set(table.readable.map(({ name }) => name))
  const filled = filledColumns(records, table).filter(
    (name) =>
      readable.has(name) &&
      !naming.columns.includes(name) &&
      isShort(records.map((record) => cellOf(record, name))),
  )
  const variety = new Map(
    filled.map((name) => [
      name,
      new Set(records.map((record) => stringifyJson(cellOf(record, name)))).size,
    ]),
  )
  const most = [...filled]
    .sort((a, b) => (variety.get(b) ?? 0) - (variety.get(a) ?? 0))
    .slice(0, MAX_TELLING)
  return filled.filter((name) => most.includes(name))
}
