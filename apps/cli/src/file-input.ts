/** Input files of commands, and the options to read them. */
import type { CellOptions, SourceOptions } from '@chatlayer-tables/files'
import type { Input } from '@chatlayer-tables/transfer'
import type { Context } from './context.ts'
import type { ReadingFlags } from './options/files.ts'

/** @param file a path, or `-` for stdin */
export function fileInput(file: string, { io }: Context): Input {
  return file === '-' ? { stream: io.stdin, name: 'stdin' } : { path: file }
}

export function fileSettings(flags: ReadingFlags): SourceOptions & CellOptions {
  const { format, sheet, encoding, delimiter, decimal, dateFormat } = flags
  const reading = { format, sheet, encoding, delimiter: delimiterOf(delimiter) }
  const words = { trueTexts: wordsOf(flags.true), falseTexts: wordsOf(flags.false) }
  return { ...reading, decimal, dateFormat, nullText: flags.null, ...words }
}

function wordsOf(list: string | undefined): string[] | undefined {
  return list?.split(',').map((word) => word.trim())
}

/** Accepts `\t`, since a tab is hard to type in a shell. */
export function delimiterOf(delimiter: string | undefined): string | undefined {
  return delimiter === '\\t' ? '\t' : delimiter
}
