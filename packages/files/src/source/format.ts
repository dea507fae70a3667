/** Which format an input is in, by its first bytes, its text and its name. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { SourceFormat } from './source.ts'

/** What the bytes are wrapped in. */
export type Container = 'text' | 'gzip' | 'zip'

const MAGIC: readonly (readonly [number[], Container])[] = [
  [[0x1f, 0x8b, 0x08], 'gzip'],
  [[0x50, 0x4b, 0x03, 0x04], 'zip'],
]

/** What is met and not read, with what to do. */
const OTHERS: readonly (readonly [number[], string])[] = [
  [
    [0xd0, 0xcf, 0x11, 0xe0],
    'an old spreadsheet (.xls), or one with a password: save it as .xlsx without one',
  ],
  [[0x28, 0xb5, 0x2f, 0xfd], 'packed with zstd: unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58], 'packed with xz: unpack it first'],
]

/**
 * @param head the first bytes, eight or all there are
 * @throws InvalidInputError for a kind of file that is known and not read
 */
export function sniff(head: Uint8Array, name: string): Container {
  const begins = ([bytes]: readonly [number[], string]): boolean =>
    bytes.every((byte, index) => head[index] === byte)
  const other = OTHERS.find(begins)
  if (other !== undefined) throw new InvalidInputError(`${name} is ${other[1]}`)
  return MAGIC.find(begins)?.[1] ?? 'text'
}

/** What some programs save as .xls, or a server sends in place of the file. */
const MARKUP = /^<(?:!doctype|html|head|body|table|\?xml)[\s>]/i

/** JSON shows itself; what does not is JSON only by its name. */
export function formatOfText(head: string, name: string): SourceFormat {
  const start = head.trimStart()
  if (MARKUP.test(start)) {
    throw new InvalidInputError(`${name} is a web page or XML, whatever its name says`, {
      hint: 'Open it with a spreadsheet and save it as .xlsx or .csv. If it is meant as it stands, say --format.',
    })
  }
  if (/^\[\s*(?:[{[\]]|$)/.test(start)) return 'json'
  if (/^\{\s*(?:["}]|$)/.test(start)) return 'ndjson'
  const named = formatOfName(name)
  return named === undefined || named === 'xlsx' ? 'csv' : named
}

const EXTENSIONS: Readonly<Record<string, SourceFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  xlsx: 'xlsx',
  xlsm: 'xlsx',
}

/** The format that a file of this name has, also with `.gz` behind it; undefined when it tells none. */
export function formatOfName(name: string): SourceFormat | undefined {
  const extension = /\.([^.]+?)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase()
  return extension !== undefined && Object.hasOwn(EXTENSIONS, extension)
    ? EXTENSIONS[extension]
    : undefined
}
