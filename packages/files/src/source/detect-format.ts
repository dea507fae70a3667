/** Detects the format of an input from its first bytes, its text and its name. */
import { InvalidInputError } from '@chatlayer-tables/core'
import {
  DEFAULT_FORMAT,
  FORMAT_FACTS,
  FORMAT_NAMES,
  type FormatFacts,
  type FormatName,
  formatOfName,
  withArticle,
} from '../formats/format-facts.ts'

/** The container of an input, as its first bytes show it. */
export type Container = 'text' | 'gzip' | 'zip'

const MAGIC: readonly (readonly [number[], Container])[] = [
  [[0x1f, 0x8b, 0x08], 'gzip'],
  [[0x50, 0x4b, 0x03, 0x04], 'zip'],
]

/** Formats that are known and not read, with what the user can do. */
const UNREADABLE: readonly (readonly [number[], string])[] = [
  [
    [0xd0, 0xcf, 0x11, 0xe0],
    'an old spreadsheet (.xls), or one with a password: save it as .xlsx without one',
  ],
  [[0x28, 0xb5, 0x2f, 0xfd], 'packed with zstd: unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58], 'packed with xz: unpack it first'],
]

/**
 * @param head the first eight bytes, or all there are
 * @throws InvalidInputError for a format that is known and not read
 */
export function sniff(head: Uint8Array, name: string): Container {
  const matches = ([bytes]: readonly [number[], string]): boolean =>
    bytes.every((byte, index) => head[index] === byte)
  const unreadable = UNREADABLE.find(matches)
  if (unreadable !== undefined) throw new InvalidInputError(`${name} is ${unreadable[1]}`)
  return MAGIC.find(matches)?.[1] ?? 'text'
}

/**
 * The format of an archive; undefined for an input that is text, perhaps within gzip.
 *
 * @param asked the format that the user set
 * @throws InvalidInputError when the input cannot be in that format
 */
export function formatOfArchive(
  container: Container,
  asked: FormatName | undefined,
): FormatName | undefined {
  const found =
    container === 'zip'
      ? FORMAT_NAMES.find((name) => FORMAT_FACTS[name].container === container)
      : undefined
  if (asked === undefined || asked === found) return found
  if (found === undefined && FORMAT_FACTS[asked].container === 'text') return undefined
  throw new InvalidInputError(
    found === undefined
      ? `this is not ${withArticle(asked)} file`
      : `this is ${withArticle(found)} file, not ${asked}`,
    { field: 'format', hint: 'Omit --format: the format is detected from the content.' },
  )
}

/** HTML and XML, which some programs save as .xls and some servers send instead of the file. */
const MARKUP = /^<(?:!doctype|html|head|body|table|\?xml)[\s>]/i

/** The format of a text, from its start or else from its name. */
export function formatOfText(head: string, name: string): FormatName {
  const start = head.trimStart()
  if (MARKUP.test(start)) {
    throw new InvalidInputError(`${name} is a web page or XML, despite its name`, {
      hint: 'Open it with a spreadsheet program and save it as .xlsx or .csv. To read it as it is, pass --format.',
    })
  }
  const shown = FORMAT_NAMES.find((format) => {
    const { textStart }: FormatFacts = FORMAT_FACTS[format]
    return textStart?.test(start)
  })
  if (shown !== undefined) return shown
  const named = formatOfName(name)
  return named !== undefined && FORMAT_FACTS[named].container === 'text' ? named : DEFAULT_FORMAT
}
