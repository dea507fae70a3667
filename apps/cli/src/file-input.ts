/** Input files of commands, and the options to read them. */
import type { CellOptions, SourceOptions } from '@chatlayer-tables/files'
import type { Input } from '@chatlayer-tables/transfer'
import type { Context } from './context.ts'
import type { ReadingFlags } from './options/files.ts'
import { type AddressInput, type AddressOptions, openAddress } from './side-inputs.ts'
import { isAddress } from './side-kind.ts'

/** What a command reads as a file, and how. */
export interface OpenFile extends AsyncDisposable {
  readonly input: Input
  readonly reading: SourceOptions & CellOptions
  /** Set for a database or an HTTP API. */
  readonly address: AddressInput | undefined
}

/**
 * Opens a file, standard input, or the side at an address.
 *
 * @param text a path, `-` for stdin, or an address
 * @param options for an address
 * @throws as {@link openAddress} does
 */
export async function openFile(
  context: Context,
  text: string,
  options: AddressOptions,
  flags: ReadingFlags,
): Promise<OpenFile> {
  if (!isAddress(text)) {
    const input = text === '-' ? { stream: context.io.stdin, name: 'stdin' } : { path: text }
    const close = async (): Promise<void> => undefined
    return { input, reading: fileSettings(flags), address: undefined, [Symbol.asyncDispose]: close }
  }
  const address = await openAddress(context, text, options)
  const { input } = address
  const close = () => address[Symbol.asyncDispose]()
  return { input, reading: cellSettings(flags), address, [Symbol.asyncDispose]: close }
}

function fileSettings(flags: ReadingFlags): SourceOptions & CellOptions {
  const { format, sheet, encoding, delimiter } = flags
  return { format, sheet, encoding, delimiter: delimiterOf(delimiter), ...cellSettings(flags) }
}

function cellSettings(flags: ReadingFlags): CellOptions {
  const { decimal, dateFormat } = flags
  const words = { trueTexts: wordsOf(flags.true), falseTexts: wordsOf(flags.false) }
  return { decimal, dateFormat, nullText: flags.null, ...words }
}

function wordsOf(list: string | undefined): string[] | undefined {
  return list?.split(',').map((word) => word.trim())
}

/** Accepts `\t`, since a tab is hard to type in a shell. */
export function delimiterOf(delimiter: string | undefined): string | undefined {
  return delimiter === '\\t' ? '\t' : delimiter
}
