/** JSON objects as rows under a header of their keys. */
import { InvalidInputError, type JsonValue } from '@chatlayer-tables/core'
import {
  countKeys,
  type JsonProblem,
  problemsOfJsonText,
  studyJsonText,
  unquoted,
} from '../values/json-text.ts'
import { rawNumber, rawNumberText } from '../values/raw-number.ts'
import { headerName, type SourceCell, type SourceRow, type Table } from './source.ts'

export type JsonObject = { readonly [key: string]: JsonValue }

export interface PlacedObject {
  /** The line, as in {@link SourceRow}. */
  readonly line: number
  readonly object: JsonObject
  /** The text that it was parsed from. */
  readonly text: string
}

/** How many objects are held to make the header. They alone make it when the input can be read once. */
const HEADER_OBJECTS = 1000

/** As many columns as a spreadsheet has. Objects with more different keys are not records. */
const MAX_KEYS = 16_384

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
 * The header consists of the keys of all objects in order of their first appearance; of the first
 * 1,000 when the input can be read only once. A missing key is null, as is JSON null. An object with a key
 * that is not in the header is a row with a problem, whose extra cells hold those keys and values.
 * An empty list has an empty header.
 *
 * @param again reads the objects another time, if the input can be; called where there are more than 1,000
 * @throws InvalidInputError when the first object cannot be read, or there are too many keys
 */
export async function readObjects(
  objects: AsyncGenerator<PlacedObject, void, undefined>,
  again?: () => AsyncGenerator<PlacedObject, void, undefined>,
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
      // Thrown after the rows before it, but at once when there are none.
      if (first.length === 0) throw error
      failure = { error }
      break
    }
    addKeys(keys, first.at(-1))
  }
  if (again !== undefined && first.length === HEADER_OBJECTS) await addAllKeys(keys, again())
  return { header: [...keys.keys()].map(headerName), rows: rows(first, failure, objects, keys) }
}

/**
 * The rows of objects whose keys are known. A missing key is null; an object with any other key is a
 * row with a problem.
 */
export function readKnownObjects(
  objects: AsyncGenerator<PlacedObject, void, undefined>,
  header: readonly string[],
): Table {
  const keys = new Map(header.map((key, index) => [key, index]))
  if (keys.size < header.length) {
    throw new InvalidInputError('several columns have the same name', {
      field: 'header',
      hint: 'Give each column a name of its own.',
    })
  }
  return { header: header.map(headerName), rows: knownRows(objects, keys) }
}

async function* knownRows(
  objects: AsyncGenerator<PlacedObject, void, undefined>,
  keys: ReadonlyMap<string, number>,
): AsyncGenerator<SourceRow, void, undefined> {
  for await (const placed of objects) yield toRow(placed, keys, 'not among the known columns')
}

function addKeys(keys: Map<string, number>, placed: PlacedObject | undefined): void {
  for (const key of Object.keys(placed?.object ?? {})) {
    if (!keys.has(key)) keys.set(key, keys.size)
  }
  if (keys.size <= MAX_KEYS) return
  throw new InvalidInputError(
    `the records have more than ${MAX_KEYS.toLocaleString('en-US')} different keys`,
    {
      hint: 'The keys of a record are the names of columns; names that differ by record are values.',
    },
  )
}

async function addAllKeys(
  keys: Map<string, number>,
  objects: AsyncGenerator<PlacedObject, void, undefined>,
): Promise<void> {
  for (;;) {
    let next: IteratorResult<PlacedObject, void>
    try {
      next = await objects.next()
    } catch (error) {
      // Thrown when the rows are read.
      if (error instanceof InvalidInputError) return
      throw error
    }
    if (next.done === true) return
    addKeys(keys, next.value)
  }
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

/** @param missing what is wrong with a key that the header does not have */
function toRow(
  placed: PlacedObject,
  keys: ReadonlyMap<string, number>,
  missing = NOT_IN_FIRST,
): SourceRow {
  const { line, object } = placed
  const cells = new Array<SourceCell>(keys.size).fill(null)
  const unknown: string[] = []
  const { numbers, problems } = studyText(placed)
  for (const key of Object.keys(object)) {
    const value = object[key] ?? null
    const index = keys.get(key)
    const problem = problems?.find(({ within }) => within === key)
    if (index === undefined) {
      unknown.push(key)
      cells.push({ json: { [key]: value } })
    } else if (problem !== undefined) {
      cells[index] = { json: value, problem: problem.reason, fix: problem.fix }
    } else if (value !== null) {
      const source = typeof value === 'number' ? numbers?.get(key) : undefined
      cells[index] = { json: source === undefined ? value : rawNumber(source) }
    }
  }
  return unknown.length === 0
    ? { line, cells }
    : { line, cells, problem: unknownKeys(unknown, missing) }
}

interface TextStudy {
  /** Numbers whose text differs from that of their value, such as `1.10`, by their key. */
  readonly numbers: ReadonlyMap<string, string> | undefined
  readonly problems: readonly JsonProblem[] | undefined
}

function studyText({ text, object }: PlacedObject): TextStudy {
  let numbers: Map<string, string> | undefined
  const { keys, hasLongNumber } = studyJsonText(text, (key, source) => {
    if (String(Number(source)) === source) return
    numbers ??= new Map()
    numbers.set(unquoted(key), source)
  })
  // Most objects hold no others.
  const isPlain = keys === Object.keys(object).length || keys === countKeys(object)
  const problems = isPlain && !hasLongNumber ? undefined : problemsOfJsonText(text)
  return { numbers, problems }
}

const NOT_IN_FIRST = `in none of the first ${HEADER_OBJECTS.toLocaleString('en-US')} records, which make the header`

function unknownKeys(keys: readonly string[], missing: string): InvalidInputError {
  const names = keys.map((key) => JSON.stringify(key)).join(', ')
  const plural = keys.length > 1
  return new InvalidInputError(
    `the ${plural ? 'keys' : 'key'} ${names} ${plural ? 'are' : 'is'} ${missing}`,
    { hint: 'Read it from a file, or put a record with every key first; a value may be null.' },
  )
}
