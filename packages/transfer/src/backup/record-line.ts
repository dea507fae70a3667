/** A record as a line of a backup, and back. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import {
  InvalidInputError,
  stringifyJson,
  type TableRecord,
  UnexpectedAnswerError,
  type Values,
} from '@chatlayer-tables/core'
import type { JsonObject } from '@chatlayer-tables/files'
import type { Definition } from './manifest.ts'

/** @throws UnexpectedAnswerError for a value that JSON cannot represent */
export function recordLine({ id, createdAt, updatedAt, values }: TableRecord): string {
  try {
    return `${stringifyJson({ id, createdAt, updatedAt, values })}\n`
  } catch (cause) {
    throw new UnexpectedAnswerError(`record ${id} cannot be kept as JSON`, {
      place: 'values',
      cause,
    })
  }
}

/** @throws InvalidInputError naming the place when it is not a record, or a column is missing */
export function readRecord(
  object: JsonObject,
  columns: Definition['columns'],
  place: string,
): TableRecord {
  const { id, createdAt, updatedAt, values, ...others } = object
  const [other] = Object.keys(others)
  if (other !== undefined) throw misfit(place, `a record has no ${JSON.stringify(other)}`)
  if (typeof id !== 'string' || id === '') throw misfit(place, 'the record has no id')
  if (typeof createdAt !== 'string' || typeof updatedAt !== 'string') {
    throw misfit(place, 'the record does not say when it was made and changed')
  }
  if (!isValues(values)) throw misfit(place, 'the record has no values')
  const lacking = columns.find(({ name }) => !Object.hasOwn(values, name))
  if (lacking !== undefined) throw misfit(place, `the record lacks the column "${lacking.name}"`)
  return { id, createdAt, updatedAt, values }
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function misfit(place: string, reason: string): InvalidInputError {
  return new InvalidInputError(`${place}: ${reason}`)
}

/** Counts values of another type than their column, and values of no column. */
export function oddValueCounter(columns: Definition['columns']): (values: Values) => number {
  const types = new Map(columns.map(({ name, type }) => [name, columnTypeOf(type)]))
  return (values) => {
    let odd = 0
    for (const name of Object.keys(values)) {
      const value = values[name]
      if (!types.has(name) || (value !== null && !isOfType(value, types.get(name)))) odd += 1
    }
    return odd
  }
}

/** Whether a value is one that the client reads for the type. */
function isOfType(value: unknown, type: ColumnType | undefined): boolean {
  switch (type) {
    case undefined:
    case 'jsonb':
      return true
    case 'text':
      return typeof value === 'string'
    case 'int':
      return typeof value === 'bigint' || Number.isSafeInteger(value)
    case 'numeric':
      return typeof value === 'string' && (value === 'NaN' || DECIMAL.test(value))
    case 'bool':
      return typeof value === 'boolean'
    case 'uuid':
      return typeof value === 'string' && UUID.test(value)
    case 'timestamp':
      return typeof value === 'string' && TIMESTAMP.test(value)
  }
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z$/
