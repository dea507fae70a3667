/** Values from the command line: `--set column=value`, `--set-null column`, `--data <json>`. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import {
  InvalidInputError,
  parseJson,
  type Table,
  type Value,
  type Values,
} from '@chatlayer-tables/core'
import { cellToValue } from '@chatlayer-tables/files'
import { UsageError } from './failures.ts'
import type { AssignmentFlags } from './options/records.ts'

/**
 * The values of `--set` and `--set-null`. A value is read by the type of its column, like a cell of a
 * file. The client rejects columns that are not in the table.
 *
 * @throws UsageError for an assignment without `=` or a column that is set twice
 */
export function readAssignments(
  { set, setNull }: Pick<AssignmentFlags, 'set' | 'setNull'>,
  columns: Table['columns'],
): Values {
  const entries = new Map<string, Value>()
  const add = (name: string, value: Value): void => {
    if (entries.has(name)) throw new UsageError(`the column "${name}" is set twice`)
    entries.set(name, value)
  }
  for (const assignment of set) {
    const [, name, text = ''] = /^([^=]+)=(.*)$/s.exec(assignment) ?? []
    if (name === undefined) {
      throw new UsageError(
        `cannot read --set ${assignment}`,
        'Use --set column=value. For null, use --set-null column.',
      )
    }
    const declared = columns.find((column) => column.name === name)?.type
    const type = declared === undefined ? undefined : columnTypeOf(declared)
    add(name, cellToValue(text, type, `values.${name}`))
  }
  for (const name of setNull) add(name, null)
  return Object.fromEntries(entries)
}

/**
 * The expressions of `--set-sql`, by column.
 *
 * @throws UsageError for one without `=` or a column that is set twice
 */
export function readExpressions(given: readonly string[]): Record<string, string> {
  const entries = new Map<string, string>()
  for (const text of given) {
    const [, name, expression = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (name === undefined) {
      throw new UsageError(
        `cannot read --set-sql ${text}`,
        `Use --set-sql "column=expression", such as --set-sql "price=price * 1.1".`,
      )
    }
    if (entries.has(name)) throw new UsageError(`the column "${name}" is set twice`)
    entries.set(name, expression)
  }
  return Object.fromEntries(entries)
}

/** The one object of `--data`. @throws UsageError if it is not a JSON object */
export function readDataObject(json: string): Values {
  const value = parseOption('--data', json)
  if (isValues(value)) return value
  throw new UsageError(
    '--data must be one JSON object here',
    `For example: --data '{"name": "Ghent"}'`,
  )
}

/** The rows of `--data`: an object, or a list of objects. */
export function readDataRows(json: string): Values[] {
  const value = parseOption('--data', json)
  const rows: unknown[] = Array.isArray(value) ? value : [value]
  if (rows.every(isValues)) return rows
  throw new UsageError(
    '--data must be a JSON object, or a list of objects',
    `For example: --data '[{"name": "Ghent"}, {"name": "Bruges"}]'`,
  )
}

/** @throws UsageError that names the option and does not repeat the text */
export function parseOption(option: string, json: string): unknown {
  try {
    return parseJson(json)
  } catch {
    throw new UsageError(
      `${option} is not valid JSON`,
      'Put single quotes around it, and double quotes around names and text.',
    )
  }
}

/**
 * Records from NDJSON: one JSON object per line; blank lines are skipped.
 *
 * @throws InvalidInputError that names the line
 */
export async function* readNdjson(lines: AsyncIterable<string>): AsyncGenerator<Values> {
  let number = 0
  for await (const line of lines) {
    number++
    if (line.trim() !== '') yield parseLine(line, number)
  }
}

function parseLine(line: string, number: number): Values {
  let value: unknown
  try {
    value = parseJson(line)
  } catch {
    throw new InvalidInputError(`line ${number} of the input is not valid JSON`, {
      hint: 'Write one JSON object per line: {"name": "Ghent"}',
    })
  }
  if (isValues(value)) return value
  throw new InvalidInputError(`line ${number} of the input must be a JSON object`, {
    hint: 'Write one JSON object per line: {"name": "Ghent"}',
  })
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
