/** Finds the delimiter of a text and how its lines end. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { CsvParser, type CsvShape } from './csv-parser.ts'

/** The delimiters that are detected; any other character can be set. */
const DELIMITERS = [',', ';', '\t', '|'] as const

/** How many rows are compared. */
const COMPARED = 100

/** A first line that sets the delimiter for Excel. */
const SEPARATOR_LINE = /^sep=([^\r\n"])(?:\r\n|\n|\r|$)/i

export interface FoundShape extends CsvShape {
  /** How many characters to skip, all on the first line. */
  readonly skip: number
}

/**
 * The delimiter is the one that the caller set, else the one of a line `sep=;`, else the one that
 * splits the header in at least two and most rows into as many cells as the header; among equals, one
 * that cuts no quoted title, then `preferred`, then the one that makes most columns. A text that none
 * splits has one column.
 *
 * @param head the beginning of the text
 * @param whole whether that is all of it; otherwise its last row may be cut and is ignored
 * @param asked the delimiter that the caller set
 * @param preferred the delimiter that the file name suggests
 */
export function findShape(
  head: string,
  whole: boolean,
  asked: string | undefined,
  preferred: string | undefined,
): FoundShape {
  const line = SEPARATOR_LINE.exec(head)
  const skip = line?.[0].length ?? 0
  const body = head.slice(skip)
  const lineEnd = findLineEnd(body)
  const delimiter =
    asked === undefined
      ? (line?.[1] ?? splitting(body, whole, lineEnd, preferred))
      : checkedDelimiter(asked)
  return { delimiter, lineEnd, skip }
}

/** @throws InvalidInputError for what is not one character, and for a quote or a line end */
export function checkedDelimiter(delimiter: string): string {
  if (delimiter.length === 1 && !/["\r\n]/.test(delimiter)) return delimiter
  throw new InvalidInputError('a delimiter must be one character other than a quote or line end', {
    field: 'delimiter',
    hint: 'Such as --delimiter ";". A tab is --delimiter $\'\\t\' in most shells, or --format tsv.',
  })
}

/** `\r` only if no line ends with `\n`; text in quotes does not count. */
function findLineEnd(text: string): CsvShape['lineEnd'] {
  const bare = text.replace(/"[^"]*"/g, '')
  return bare.includes('\r') && !bare.includes('\n') ? '\r' : '\n'
}

function splitting(
  text: string,
  whole: boolean,
  lineEnd: CsvShape['lineEnd'],
  preferred: string | undefined,
): string {
  const found = DELIMITERS.flatMap((delimiter) => {
    const split = evenness(text, whole, { delimiter, lineEnd })
    if (split === undefined || split.columns < 2) return []
    return [{ ...split, delimiter, cuts: cutsQuotedTitle(text, delimiter) }]
  })
  const rank = (delimiter: string): number => (delimiter === preferred ? 0 : 1)
  found.sort(
    (a, b) =>
      b.share - a.share ||
      Number(a.cuts) - Number(b.cuts) ||
      rank(a.delimiter) - rank(b.delimiter) ||
      b.columns - a.columns,
  )
  return found[0]?.delimiter ?? preferred ?? ','
}

/** Whether a quote is within a title that does not begin with one: `a;"b` of `a;"b,c"` cut at the comma. */
function cutsQuotedTitle(text: string, delimiter: string): boolean {
  const [header = ''] = /[^\r\n]+/.exec(text) ?? []
  const quotedTitle = new RegExp(`(^|[${delimiter}])"(?:[^"]|"")*"(?=[${delimiter}]|$)`, 'g')
  return header.replace(quotedTitle, '$1').includes('"')
}

/** How many columns the header has, and which share of the rows have as many cells. */
function evenness(
  text: string,
  whole: boolean,
  shape: CsvShape,
): { readonly share: number; readonly columns: number } | undefined {
  const parser = new CsvParser(shape)
  const rows = parser.push(text, whole)
  if (parser.failure !== undefined) return undefined
  const filled = rows.filter(({ cells }) => cells.length > 1 || cells[0] !== null)
  const columns = filled[0]?.cells.length
  if (columns === undefined) return undefined
  const compared = filled.slice(0, COMPARED)
  const even = compared.filter(({ cells }) => cells.length === columns)
  return { share: even.length / compared.length, columns }
}
