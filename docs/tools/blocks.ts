/** The fenced blocks of a page, as its reader follows them. */

/** A block of commands, with the output that the page shows for it. */
export interface Commands {
  readonly kind: 'commands'
  readonly text: string
  /** Undefined where the page shows none. */
  readonly output:
    | { readonly text: string; readonly start: number; readonly end: number }
    | undefined
}

/** A file that the reader saves: its name is in brackets after the language. */
export interface SavedFile {
  readonly kind: 'file'
  readonly name: string
  readonly text: string
}

const FENCE = /^```(?<language>\w+)(?: \[(?<name>[^\]\n]+)\])?\n(?<text>.*?)^```$/gms

/** Blocks in `sh` with the `text` after them, and files, in the order of the page. */
export function readBlocks(page: string): (Commands | SavedFile)[] {
  const found = [...page.matchAll(FENCE)].map(({ groups, index, 0: whole }) => {
    const { language = '', name, text = '' } = groups ?? {}
    const start = index + whole.indexOf('\n') + 1
    return { language, name, text, start, end: start + text.length }
  })
  return found.flatMap((block, at): (Commands | SavedFile)[] => {
    const { language, name, text } = block
    if (name !== undefined) return [{ kind: 'file', name, text }]
    if (language !== 'sh') return []
    const next = found[at + 1]
    const between = next === undefined ? '' : page.slice(block.end + '```\n'.length, next.start)
    const follows = next?.language === 'text' && /^\s*```text\n$/.test(between)
    return [{ kind: 'commands', text, output: follows ? next : undefined }]
  })
}
