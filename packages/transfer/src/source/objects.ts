/** JSON objects as rows under a header of their keys. */
import { InvalidInputError, type JsonValue } from '@chatlayer-tables/core'
import { rawNumberText } from '../values/raw-number.ts'
import { headerName, type SourceCell, type SourceRow, type Table } from './source.ts'

export type JsonObject = { readonly [key: string]: JsonValue }

export interface PlacedObject {
  /** As in {@link SourceRow}. */
  readonly line: number
  readonly object: JsonObject
}

/** So many objects make the header. */
const HEADER_OBJECTS = 1000

/** @throws InvalidInputError when it is something else, a list among them */
export function asObject(value: unknown, place: string): JsonObject {
  if (kindOf(value) === 'an object') return value as JsonObject
  throw new InvalidInputError(`${place}: a record is an object, not ${kindOf(value)}`, {
    hint: 'Such as {"name": "Ghent", "open": true}, with the names of columns as keys.',
  })
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'boolean') return 'a boolean'
  return typeof value === 'object' && rawNumberText(value) === undefined ? 'an object' : 'a number'
}

/**
 * The header is the keys of the first 1,000 objects, in the order in which they first appear. A key
 * left out is null, as is JSON null. An object with a key that only comes later is a row in trouble,
 * whose extra cells hold what the header has no column for. An empty list has an empty header.
 */
export async function readObjects(
  objects: AsyncGenerator<PlacedObject, void, undefined>,
): Promise<Table> {
  const keys = new Map<string, number>()
  const first: PlacedObject[] = []
  let failure: { readonly error: unknown } | undefined
  while (first.length < HEADER_OBJECTS) {
    try {
      const { done, value } = await objects.next()
      if (done === true) break
      first.push(value)
    } catch (error) {
      // Told after the rows that stand before it, but at once where there are none.
      if (first.length === 0) throw error
      failure = { error }
      break
    }
    for (const key of Object.keys(first.at(-1)?.object ?? {})) {
      if (!keys.has(key)) keys.set(key, keys.size)
    }
  }
  return { header: [...keys.keys()].map(headerName), rows: rows(first, failure, objects, keys) }
}

async function* rows(
  first: readonly PlacedObject[],
  failure: { readonly error: unknown } | undefined,
  rest: AsyncGenerator<PlacedObject, void, undefined>,
  keys: ReadonlyMap<string, number>,
): AsyncGenerator<SourceRow, void, undefined> {
  for (const placed of first) yield toRow(placed, keys)
  if (failure !== undefined) throw failure.error
  for await (const placed of rest) yield toRow(placed, keys)
}

function toRow({ line, object }: PlacedObject, keys: ReadonlyMap<string, number>): SourceRow {
  const cells = new Array<SourceCell>(keys.size).fill(null)
  const unknown: string[] = []
  for (const key of Object.keys(object)) {
    const value = object[key] ?? null
    const index = keys.get(key)
    if (index === undefined) {
      unknown.push(key)
      cells.push({ json: { [key]: value } })
    } else if (value !== null) {
      cells[index] = { json: value }
    }
  }
  return unknown.length === 0 ? { line, cells } : { line, cells, trouble: unknownKeys(unknown) }
}

function unknownKeys(keys: readonly string[]): InvalidInputError {
  const names = keys.map((key) => JSON.stringify(key)).join(', ')
  const plural = keys.length > 1
  return new InvalidInputError(
    `the ${plural ? 'keys' : 'key'} ${names} ${plural ? 'are' : 'is'} in none of the first ${HEADER_OBJECTS.toLocaleString('en-US')} records, which make the header`,
    { hint: 'Put a record with every key first; a value may be null.' },
  )
}
