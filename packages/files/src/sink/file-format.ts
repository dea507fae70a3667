/** Which format a file is written in, by its name and by what was said. */
import { basename } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import { formatOfName } from '../source/format.ts'
import type { SourceFormat } from '../source/source.ts'

export interface FileFormat {
  readonly format: SourceFormat
  /** Whether the whole is packed with gzip. */
  readonly gzip: boolean
}

const NAMES = '.csv, .tsv, .ndjson, .json or .xlsx, the text ones also with .gz behind it'

/**
 * @param said takes the place of an extension that tells nothing
 * @throws InvalidInputError when nothing tells the format, or name and `said` contradict one another
 */
export function fileFormat(path: string, said: SourceFormat | undefined): FileFormat {
  const name = basename(path)
  const gzip = /\.gz$/i.test(name)
  // A workbook with macros is another kind of file, which a spreadsheet refuses without them.
  const named = /\.xlsm(?:\.gz)?$/i.test(name) ? undefined : formatOfName(name)
  if (said !== undefined && named !== undefined && said !== named) {
    throw new InvalidInputError(
      `${name} is the name of ${article(named)} file, and the format was said to be ${said}`,
      { field: 'format', hint: 'Say one of the two.' },
    )
  }
  const format = said ?? named
  if (format === undefined) {
    throw new InvalidInputError(`the name ${name} tells no format that is written`, {
      field: 'format',
      hint: `Give it a name that ends in ${NAMES}; or say --format.`,
    })
  }
  if (gzip && format === 'xlsx') {
    throw new InvalidInputError('an XLSX file is packed already, and is not read out of gzip', {
      field: 'format',
      hint: 'Leave .gz out of the name.',
    })
  }
  return { format, gzip }
}

function article(format: SourceFormat): string {
  return `${format === 'ndjson' || format === 'xlsx' ? 'an' : 'a'} ${format.toUpperCase()}`
}
