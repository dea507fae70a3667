/** Checks whether records can be written to a table that exists. Pure. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { TargetColumn } from './columns.ts'
import { canHold, type Holder, TARGET_TYPES, type TargetKind } from './holders.ts'

export interface ExistingColumn {
  readonly name: string
  /** As the database declares it. */
  readonly declared: string
  /** Undefined for a type that values of bots' tables are not written to. */
  readonly holder: Holder | undefined
  /** Whether an inserted row must have a value for it. */
  readonly isRequired: boolean
  readonly isNullable: boolean
  /** Whether the database computes it. */
  readonly isGenerated: boolean
}

export interface ExistingTable {
  readonly columns: readonly ExistingColumn[]
  /** The columns that are unique alone. */
  readonly unique: readonly string[]
}

/** A column with what it can hold. */
export interface PlannedColumn extends TargetColumn {
  readonly holder: Holder
}

export interface TargetPlan {
  /** In the order of {@link TargetColumn}. */
  readonly columns: readonly PlannedColumn[]
  /** Whether the table is created. */
  readonly isNew: boolean
  /** The columns to add to it. */
  readonly added: readonly PlannedColumn[]
}

export interface PlanSettings {
  readonly kind: TargetKind
  /** The table as messages name it. */
  readonly name: string
  readonly append: boolean
  readonly addColumns: boolean
  /** The statement that adds columns, for the hint. */
  readonly addStatement: (columns: readonly PlannedColumn[]) => string
}

/**
 * How the columns are written to a table.
 *
 * @param existing undefined where there is no such table
 * @throws InvalidInputError that names everything that prevents it
 */
export function planTarget(
  columns: readonly TargetColumn[],
  existing: ExistingTable | undefined,
  settings: PlanSettings,
): TargetPlan {
  const types = TARGET_TYPES[settings.kind]
  const created = columns.map((column, index): PlannedColumn => {
    const type = index === 0 ? 'id' : (column.type ?? 'text')
    return { ...column, holder: types[type].holder }
  })
  if (existing === undefined) return { columns: created, isNew: true, added: [] }
  const found = new Map(existing.columns.map((column) => [column.name, column]))
  const added = created.filter(({ name }) => !found.has(name))
  const problems: string[] = []
  const planned = created.map((column): PlannedColumn => {
    const own = found.get(column.name)
    if (own === undefined) return column
    problems.push(...problemsOf(column, own))
    return { ...column, holder: own.holder ?? column.holder, declared: own.declared }
  })
  const hints = problems.length > 0 ? ['Change these columns, or export to another table.'] : []
  if (added.length > 0 && !settings.addColumns) {
    problems.push(`it has no column ${added.map(({ name }) => `"${name}"`).join(', ')}`)
    hints.push(`Pass --add-columns, or run: ${settings.addStatement(added)}`)
  }
  problems.push(...problemsOfOthers(created, existing))
  const [id] = created
  if (id !== undefined && !settings.append && found.has(id.name)) {
    if (!existing.unique.includes(id.name)) problems.push(`its column "${id.name}" is not unique`)
  }
  if (problems.length > 0) {
    throw new InvalidInputError(`cannot write to ${settings.name}: ${problems.join('; ')}`, {
      field: 'to',
      hint: hints.join(' ') || 'Change these columns, or export to another table.',
    })
  }
  return { columns: planned, isNew: false, added }
}

function problemsOf(column: PlannedColumn, own: ExistingColumn): string[] {
  const name = `its column "${own.name}" (${own.declared})`
  if (own.isGenerated) return [`${name} is computed by the database`]
  if (own.holder === undefined || !canHold(own.holder, column.type)) {
    return [`${name} cannot hold every ${column.type ?? 'text'} exactly`]
  }
  // An id is never null; every other value may be.
  const mayBeNull = !('field' in column.source && column.source.field === 'id')
  return mayBeNull && !own.isNullable ? [`${name} is not null, but values may be`] : []
}

/** Columns that are not written must not need a value. */
function problemsOfOthers(columns: readonly TargetColumn[], existing: ExistingTable): string[] {
  const written = new Set(columns.map(({ name }) => name))
  return existing.columns
    .filter(({ name, isRequired }) => isRequired && !written.has(name))
    .map(({ name }) => `its column "${name}" needs a value, which records do not have`)
}
