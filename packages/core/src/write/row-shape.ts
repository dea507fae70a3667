/** Rows as the caller types them, to values by column name and back, by way of a zod schema. */
import { z } from 'zod'
import { InvalidInputError, UnexpectedAnswerError } from '../errors.ts'
import type { Values } from '../types.ts'

/** How rows of type `V` are written as values, and values read as `V`. */
export interface RowShape<V> {
  readonly write: (row: V) => Values
  readonly writePart: (set: Partial<V>) => Values
  readonly read: (values: Values, recordId: string) => V
}

/** Without a schema rows are values already. */
const plain: RowShape<Values> = {
  write: (row) => checkObject(row),
  writePart: (set) => checkObject(set),
  read: (values) => values,
}

/**
 * With a schema, values are decoded by it when read and encoded when written, so that a codec (a
 * Date for a timestamp, say) works both ways. A schema with a one-way transform can only read.
 */
export function rowShape<V>(schema: z.ZodObject | undefined): RowShape<V> {
  if (schema === undefined) return plain as RowShape<unknown> as RowShape<V>
  return {
    write: (row) => encode(schema, row),
    writePart: (set) => encode(schema.partial(), set),
    read: (values, recordId) => decode(schema, values, recordId) as V,
  }
}

function checkObject(row: unknown): Values {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new InvalidInputError('a row must be an object of values by column name', {
      field: 'values',
    })
  }
  return row as Values
}

function encode(schema: z.ZodObject, row: unknown): Values {
  let result: z.ZodSafeParseResult<unknown>
  try {
    result = z.safeEncode(schema, row as never)
  } catch (error) {
    throw new InvalidInputError('the schema can only read, not write', {
      field: 'values',
      hint: 'Use a codec in place of a one-way transform.',
      cause: error,
    })
  }
  if (result.success) return result.data as Values
  const { field, message } = firstIssue(result.error)
  throw new InvalidInputError(`${field}: ${message}`, { field })
}

function decode(schema: z.ZodObject, values: Values, recordId: string): unknown {
  const result = z.safeDecode(schema, values as never)
  if (result.success) return result.data
  const { field, message } = firstIssue(result.error)
  throw new UnexpectedAnswerError(
    `record ${recordId} does not fit the schema at ${field}: ${message}`,
    {
      place: field,
      hint: 'Mend the record, or widen the schema: columns may be null.',
    },
  )
}

function firstIssue(error: z.ZodError): { field: string; message: string } {
  const [issue] = error.issues
  return {
    field: ['values', ...(issue?.path ?? [])].join('.'),
    message: issue?.message ?? 'invalid',
  }
}
