/** Reads the rows of a JSON page: each object as one line, its text unchanged but for line breaks. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { HttpError } from './errors.ts'
import { isOfErrors, JsonPageSplitter } from './json-page.ts'
import {
  describe,
  describeMissing,
  isObject,
  JsonNumber,
  locate,
  parseWithNumbers,
  pointerText,
} from './json-pointer.ts'
import { excerpt, type Mask } from './mask.ts'
import { type PageBytes, PageLines } from './page.ts'

export interface JsonRowsOptions {
  /** The path of the list; undefined to find it. */
  readonly rowsAt: readonly string[] | undefined
  /** Called with the path of a list that was found. */
  readonly onFound: (rowsAt: readonly string[]) => void
  readonly place: string
  readonly mask: Mask
}

/**
 * @throws HttpError for a document that ends early (transient) or reports an error, InvalidInputError
 *   for one without such a list
 */
export async function* readJsonRows(
  texts: AsyncIterable<string>,
  options: JsonRowsOptions,
): PageBytes {
  const { place } = options
  const splitter = new JsonPageSplitter(options.rowsAt)
  const lines = new PageLines()
  for await (const text of texts) {
    for (const row of splitter.push(text)) {
      const bytes = lines.add(lineOf(row, lines.rows + 1, splitter, place))
      if (bytes !== undefined) yield bytes
    }
    if (splitter.problem !== undefined) throw problemOf(splitter.problem, options)
  }
  if (!splitter.ended) {
    throw new HttpError('SIDE_UNREACHABLE', `${place}: the JSON of the response ends too early`, {
      isTransient: true,
      hasResponse: true,
    })
  }
  const document = parseFrame(splitter.frame, options)
  rejectReportedError(document, splitter.frame, options)
  const rowsAt = splitter.rowsAt ?? findEmptyList(document, splitter.frame, options)
  if (options.rowsAt === undefined) rejectOtherLists(document, rowsAt, place)
  options.onFound(rowsAt)
  if (lines.rows > 0) yield lines.flush()
  return lines.content(document)
}

/** @returns the object on one line */
function lineOf(row: string, number: number, splitter: JsonPageSplitter, place: string): string {
  const at = pointerText(splitter.rowsAt ?? [])
  const where = `${place}, item ${number} of ${at === '' ? 'the list' : at}`
  const text = row.trim()
  if (!text.startsWith('{')) {
    throw new InvalidInputError(`${where}: a row is an object, not ${kindOf(text)}`, {
      hint: 'Pass --rows-at with the JSON pointer of a list of objects, such as /data/items.',
    })
  }
  try {
    JSON.parse(text)
  } catch {
    throw new InvalidInputError(`${where}: this is not JSON`)
  }
  // JSON has line breaks between its parts only.
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+\s*/g, ' ') : text
}

function kindOf(text: string): string {
  try {
    return describe(parseWithNumbers(text))
  } catch {
    return 'something that is not JSON'
  }
}

function problemOf(problem: string, { place }: JsonRowsOptions): InvalidInputError {
  const hint = problem.startsWith('a second')
    ? 'If each line is an object, pass --format ndjson.'
    : 'Pass --rows-at with the JSON pointer of the list of rows, such as /data/items.'
  return new InvalidInputError(`${place}: ${problem}`, { hint })
}

function parseFrame(frame: string, { place, mask }: JsonRowsOptions): unknown {
  try {
    return parseWithNumbers(frame)
  } catch {
    throw new InvalidInputError(`${place}: the response is not JSON: ${excerpt(frame, mask)}`, {
      hint: 'If it is CSV or NDJSON, pass --format.',
    })
  }
}

/** Some APIs report an error with the status 200, and an empty list or none. */
function rejectReportedError(document: unknown, frame: string, options: JsonRowsOptions): void {
  const { place, mask } = options
  if (!isObject(document) || isOfErrors(options.rowsAt ?? [])) return
  const isReported =
    [document.error, document.errors].some(isError) ||
    document.success === false ||
    document.ok === false ||
    (typeof document.status === 'string' && /^(?:error|fail(?:ed|ure)?)$/i.test(document.status))
  if (!isReported) return
  throw new HttpError('SIDE_FAILED', `${place}: the API reports an error: ${excerpt(frame, mask)}`)
}

function isError(value: unknown): boolean {
  if (value instanceof JsonNumber) return Number(value.text) !== 0
  if (Array.isArray(value)) return value.length > 0
  if (isObject(value)) return Object.keys(value).length > 0
  return value === true || (typeof value === 'string' && value !== '')
}

/** The path of the list where no row was found. */
function findEmptyList(
  document: unknown,
  frame: string,
  { rowsAt, place, mask }: JsonRowsOptions,
): readonly string[] {
  if (rowsAt !== undefined) {
    const pointer = pointerText(rowsAt)
    throw new InvalidInputError(`${place}: ${describeMissing(pointer, locate(document, rowsAt))}`, {
      field: 'rows',
      hint: 'Pass --rows-at with the JSON pointer of a list of objects, such as /data/items.',
    })
  }
  const [first, ...others] = emptyLists(document)
  if (first !== undefined && others.length === 0) return first
  if (first === undefined) {
    throw new InvalidInputError(
      `${place}: there is no list of objects in the response: ${excerpt(frame, mask)}`,
      { hint: 'Check the address, or pass --rows-at with the JSON pointer of the list of rows.' },
    )
  }
  throw severalLists([first, ...others], place)
}

/** Names that a list of rows usually has. */
const USUAL =
  /^(?:data|items?|results?|records?|rows?|values?|entries|list|content|elements|objects|hits|docs|documents)$/i

/**
 * A list of objects beside an empty one may not be the list of rows, whose rows are all gone: unless
 * its name is usual for rows.
 */
function rejectOtherLists(document: unknown, rowsAt: readonly string[], place: string): void {
  const pointer = pointerText(rowsAt)
  const others = emptyLists(document).filter((path) => pointerText(path) !== pointer)
  if (others.length > 0 && !USUAL.test(rowsAt.at(-1) ?? '')) {
    throw severalLists([rowsAt, ...others], place)
  }
}

function severalLists(paths: readonly (readonly string[])[], place: string): InvalidInputError {
  const pointers = paths.map(pointerText).join(', ')
  return new InvalidInputError(`${place}: there are several lists: ${pointers}`, {
    field: 'rows',
    hint: 'Pass --rows-at with the JSON pointer of the list of rows, such as /data/items.',
  })
}

/** The paths of empty lists that are not within lists. The list of rows is empty in the frame. */
function emptyLists(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (Array.isArray(value)) return value.length === 0 && !isOfErrors(path) ? [path] : []
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => emptyLists(inner, [...path, name]))
}
