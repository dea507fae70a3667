/** What a run remembers for the next one, next to the table that it wrote. Pure. */
import type { DialectInput, Table, Version } from '@chatlayer-tables/core'
import type { Bracket } from '@chatlayer-tables/mirror'
import type { TargetPlan } from './existing-table.ts'
import type { TableFacts } from './session.ts'

/** Another number is of another release, and no reason to guess. */
const FORMAT = 1

/** The table of the bot that was read. */
export interface RunSource {
  readonly origin: string
  readonly teamId: string
  readonly botId: string
  readonly tableId: string
  readonly version: Version
}

export interface LastRun {
  readonly format: typeof FORMAT
  readonly source: RunSource
  /** The table's columns with their types, and those of the database. Equal forms are equal as JSON. */
  readonly form: unknown
  /** Records of the bot's table. */
  readonly records: number
  /** The table of the database after the run: another program has changed it if it differs. */
  readonly facts: TableFacts
  /** When the run began to read, by the clock of the gateway. */
  readonly bracket: Bracket
  /** When the table was last read as a whole, ISO 8601 by the clock of this machine. */
  readonly wholeAt: string
  /** Whether rows of deleted records have been deleted. */
  readonly deletes: boolean
  /** What a probe has learned of the gateway, so that not every run asks again. */
  readonly learned?: Learned | undefined
}

export interface Learned {
  readonly dialect: DialectInput
  /** When, in milliseconds since 1970. */
  readonly at: number
}

export type NewRun = Omit<LastRun, 'format' | 'facts'>

export function runText(run: NewRun, facts: TableFacts): string {
  return JSON.stringify({ format: FORMAT, ...run, facts } satisfies LastRun)
}

/** Undefined for one of another release, or a text that is not one. */
export function parseRun(text: string | undefined): LastRun | undefined {
  if (text === undefined) return undefined
  try {
    const run: unknown = JSON.parse(text)
    const isRun = typeof run === 'object' && run !== null && 'format' in run
    return isRun && run.format === FORMAT ? (run as LastRun) : undefined
  } catch {
    return undefined
  }
}

/** The form of both tables: if it changes, all records are read again. */
export function formOf({ columns }: Table, plan: TargetPlan): unknown {
  return [columns.map(({ name, type }) => [name, type]), plan.columns.map(({ name }) => name)]
}

/** Whether the target is a copy of this table, whatever its state. */
export function isOwnRun(last: LastRun | undefined, source: RunSource): last is LastRun {
  return last !== undefined && isEqual(last.source, source)
}

export interface Present {
  readonly source: RunSource
  readonly form: unknown
  readonly facts: TableFacts
  readonly deletes: boolean
  /** How long after a whole reading the next one is due, in milliseconds. */
  readonly wholeEveryMs: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Why all records must be read; undefined where their changes are enough. */
export function whyWhole(last: LastRun | undefined, present: Present): WholeReason | undefined {
  if (!isOwnRun(last, present.source)) return 'first'
  if (!isEqual(last.form, present.form)) return 'form'
  if (!isEqual(last.facts, present.facts)) return 'changed'
  if (present.deletes && !last.deletes) return 'deletes'
  const age = present.now - Date.parse(last.wholeAt)
  return age >= 0 && age < present.wholeEveryMs ? undefined : 'due'
}

/** Why all records were read. */
export type WholeReason =
  /** There is no earlier run of this table. */
  | 'first'
  /** The columns have changed. */
  | 'form'
  /** Another program has changed the table of the database. */
  | 'changed'
  /** Rows of deleted records were kept until now. */
  | 'deletes'
  /** The last whole reading is old, or the clock was set. */
  | 'due'
  /** So few records that their changes cost as much. */
  | 'small'
  /** The gateway cannot filter by date, or records have no dates. */
  | 'no dates'
  /** Too many records were written just before the last run. */
  | 'overlap'
  /** The number of records shows that some were deleted, or not found by date. */
  | 'count'

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
