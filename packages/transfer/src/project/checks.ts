/** Conditions on what tables hold, in SQL. */
import { ChatlayerError } from '@chatlayer-tables/core'
import {
  type AttachedTable,
  type Mirrors,
  type OutValue,
  SqlError,
  tokenize,
} from '@chatlayer-tables/mirror'
import { comparisonIn, isAboutRows } from './check-text.ts'
import type { CheckResult } from './plan-types.ts'
import { ProjectError, type ProjectProblem } from './project-error.ts'
import type { CheckSpec } from './project-types.ts'

/** A table that checks can read. */
export interface CheckedTable {
  readonly name: string
  readonly columns: AttachedTable['columns']
  /** All rows, each time that it is called. */
  rows(): AttachedTable['rows']
}

interface CheckInput {
  readonly mirrors: Mirrors
  /** As written in the file. */
  readonly table: string
  readonly checks: readonly CheckSpec[]
  /** The table of the checks first, then others that they may name. */
  readonly tables: readonly [CheckedTable, ...CheckedTable[]]
  readonly on: CheckResult['on']
  readonly signal?: AbortSignal | undefined
}

/**
 * Evaluates the checks of a table. One that is null is broken, and so is one that any record does not
 * meet.
 *
 * @throws ProjectError for checks that are not SQL conditions
 */
export async function evaluateChecks(input: CheckInput): Promise<CheckResult[]> {
  const { checks, table, on } = input
  await validate(input)
  const counts = await valuesOf(
    input,
    checks.map((check) => brokenCount(check, input)),
  )
  const results = checks.map(({ sql, place }, index): CheckResult => {
    const broken = Number(counts[index] ?? 1)
    return { table, sql, ok: broken === 0, on, found: recordsText(sql, broken), place }
  })
  const found = await findValues(input, results)
  return results.map((result, index) => ({ ...result, found: found.get(index) ?? result.found }))
}

function recordsText(sql: string, broken: number): string | undefined {
  if (broken === 0 || !isAboutRows(sql)) return undefined
  return broken === 1 ? '1 record does not meet it' : `${broken} records do not meet it`
}

/** Checks each condition on empty tables, which costs nothing. */
async function validate(input: CheckInput): Promise<void> {
  const problems: ProjectProblem[] = []
  for (const check of input.checks) {
    const { start, sql } = brokenCount(check, input)
    try {
      const attached = attach(input, sql).map((each) => ({ ...each, rows: [] }))
      await input.mirrors.explain(sql, { connect: () => undefined, attached, signal: input.signal })
    } catch (error) {
      if (!(error instanceof SqlError)) throw error
      problems.push({ place: check.place, message: messageOf(error, start), hint: error.hint })
    }
  }
  if (problems.length > 0) throw new ProjectError(problems)
}

/** The position is that in the condition. */
function messageOf({ message, position }: SqlError, start: number): string {
  const plain = message.replace(/ \(line \d+, column \d+\)$/, '')
  if (position === undefined || position.line > 1) return `the check cannot be evaluated: ${plain}`
  const column = Math.max(1, position.column - start)
  return `the check cannot be evaluated: ${plain} (column ${column} of the check)`
}

interface Query {
  readonly sql: string
  /** Where the condition begins. */
  readonly start: number
}

/** A query for the number of rows for which the condition is not true. */
function brokenCount({ sql }: CheckSpec, { tables: [table] }: CheckInput): Query {
  const before = 'SELECT count(*) FROM (SELECT ('
  return {
    start: before.length,
    sql: `${before}${sql}\n) AS holds${fromOf(sql, table)}) WHERE holds IS NOT TRUE`,
  }
}

/** A condition of subqueries alone has no row to read, also where the table has none. */
function fromOf(sql: string, { name }: CheckedTable): string {
  return comparisonIn(sql).namesOutside ? ` FROM ${quoted(name)}` : ''
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The tables that a query names. */
function attach({ tables }: CheckInput, sql: string): AttachedTable[] {
  const names = new Set(tokenize(sql).map(({ value }) => value.toLowerCase()))
  return tables
    .filter(({ name }) => names.has(name.toLowerCase()))
    .map((table) => ({ name: table.name, columns: table.columns, rows: table.rows() }))
}

/** The one value of each query. Tables are loaded once for all. */
async function valuesOf(
  input: CheckInput,
  queries: readonly Query[],
): Promise<(OutValue | undefined)[]> {
  if (queries.length === 0) return []
  const together = `SELECT ${queries.map(({ sql }) => `(${sql}\n)`).join(', ')}`
  const [row] = await run(input, together)
  return [...(row ?? [])]
}

async function run(input: CheckInput, sql: string): Promise<readonly (readonly OutValue[])[]> {
  const { mirrors, signal } = input
  const attached = attach(input, sql)
  const { rows } = await mirrors.query(sql, { connect: () => undefined, attached, signal })
  return rows
}

/** What the two sides of a broken comparison are, such as `count(*) is 87`. */
async function findValues(
  input: CheckInput,
  results: readonly CheckResult[],
): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  const wanted = results.flatMap(({ ok, sql }, index) => {
    const { sides } = comparisonIn(sql)
    return ok || sides === undefined || isAboutRows(sql) ? [] : [{ index, sql, sides }]
  })
  const queries = wanted.flatMap(({ sql, sides }) =>
    sides.map((side) => ({
      sql: `SELECT (${side}\n)${fromOf(sql, input.tables[0])} LIMIT 1`,
      start: 0,
    })),
  )
  try {
    const values = await valuesOf(input, queries)
    for (const [at, { index, sides }] of wanted.entries()) {
      const texts = sides.flatMap((side, which) => {
        const value = values[2 * at + which]
        return isLiteral(side) ? [] : [`${side} is ${value === null ? 'null' : String(value)}`]
      })
      if (texts.length > 0) found.set(index, texts.join(', '))
    }
  } catch (error) {
    // The value is a help; the check is broken without it.
    if (!(error instanceof ChatlayerError)) throw error
  }
  return found
}

function isLiteral(side: string): boolean {
  return /^(?:[-+]?[\d.]+|'.*'|true|false|null)$/is.test(side)
}
