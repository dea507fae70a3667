import { UsageError } from './failures.ts'

/** Reads `--map title=column`. @throws UsageError for a mapping without `=` */
export function readMapping(text: string): [title: string, column: string] {
  // A title may contain `=`; the name of a column rarely does.
  const at = text.lastIndexOf('=')
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)]
  throw new UsageError(
    `cannot read --map ${text}`,
    'Use --map "title in the file=column of the table".',
  )
}
