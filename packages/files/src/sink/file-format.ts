/** The format in which a file is written, from its name and from what the caller set. */
import { basename } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import {
  FORMAT_FACTS,
  type FormatName,
  formatOfName,
  listEndings,
  withArticle,
} from '../formats/format-facts.ts'

export interface FileFormat {
  readonly format: FormatName
  /** Whether the file is packed with gzip. */
  readonly gzip: boolean
}

/**
 * @param asked the format that the caller set; needed where the name shows none
 * @throws InvalidInputError when the format is unknown, or differs between the name and `asked`
 */
export function fileFormat(path: string, asked: FormatName | undefined): FileFormat {
  const name = basename(path)
  const gzip = /\.gz$/i.test(name)
  const named = formatOfName(name, false)
  if (asked !== undefined && named !== undefined && asked !== named) {
    throw new InvalidInputError(
      `${name} is the name of ${withArticle(named)} file, but the format is set to ${asked}`,
      { field: 'format', hint: 'Change the name, or omit the format.' },
    )
  }
  const format = asked ?? named
  if (format === undefined) {
    throw new InvalidInputError(`cannot detect a format to write from the name ${name}`, {
      field: 'format',
      hint: `Use a name that ends in ${listEndings()}, with .gz after it to pack text; or pass --format.`,
    })
  }
  if (gzip && FORMAT_FACTS[format].container !== 'text') {
    throw new InvalidInputError(
      `${withArticle(format)} file is packed already, and is not read from gzip`,
      { field: 'format', hint: 'Remove .gz from the name.' },
    )
  }
  return { format, gzip }
}
