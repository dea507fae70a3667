/** CSV and TSV: text with a delimiter between cells. */
import { CsvSink, csvHeader, csvLine, separatorLine } from '../sink/csv.ts'
import { readCsv } from '../source/csv.ts'
import { checkedDelimiter, findShape } from '../source/csv-shape.ts'
import type { KeptCell } from '../values/kept-cell.ts'
import { byteOrderMark, type ReadTable, type TextFormat, type TextInput } from './format.ts'
import {
  DEFAULT_FORMAT,
  FORMAT_FACTS,
  FORMAT_NAMES,
  type FormatFacts,
  type FormatName,
  formatOfName,
} from './format-facts.ts'

export const csv: TextFormat = delimited('csv')
export const tsv: TextFormat = delimited('tsv')

function delimited(format: 'csv' | 'tsv'): TextFormat {
  const usual = FORMAT_FACTS[format].delimiter
  return {
    readText: (input) => readDelimited(input, format),
    createSink(columns, output, options) {
      const { safeFormulas = false, bom = false, decimal = '.' } = options
      const delimiter = checkedDelimiter(options.delimiter ?? usual)
      return new CsvSink(columns, output, { safeFormulas, bom, decimal, delimiter })
    },
    createRowWriter(shape, output) {
      const { header, delimiter = usual } = shape
      let head = `${byteOrderMark(shape)}${separatorLine(delimiter)}${csvHeader(header, delimiter)}`
      return {
        async row(cells) {
          await output.write(head + csvLine(cells.map(plainText), delimiter))
          head = ''
        },
        end: () => output.write(head),
      }
    },
  }
}

/** The delimiter decides which of these formats the text is in, not the format it was opened as. */
async function readDelimited(
  { head, whole, chunks, name, options, notes }: TextInput,
  opened: 'csv' | 'tsv',
): Promise<ReadTable> {
  const { tsv: tabs } = FORMAT_FACTS
  const preferred = opened === 'tsv' || formatOfName(name) === 'tsv' ? tabs.delimiter : undefined
  const asked = options.delimiter ?? (options.format === 'tsv' ? tabs.delimiter : undefined)
  const shape = findShape(head, whole, asked, preferred)
  const { delimiter } = shape
  const format = formatOfDelimiter(delimiter)
  if (format === undefined) notes.push(`cells are separated by ${JSON.stringify(delimiter)}`)
  const table = await readCsv(chunks, shape, name, notes)
  return { table, format: format ?? DEFAULT_FORMAT, delimiter }
}

function formatOfDelimiter(delimiter: string): FormatName | undefined {
  return FORMAT_NAMES.find((name) => {
    const facts: FormatFacts = FORMAT_FACTS[name]
    return facts.delimiter === delimiter
  })
}

function plainText(cell: KeptCell): string | null {
  if (cell === null || typeof cell === 'string') return cell
  return 'json' in cell ? cell.json : cell.date
}
