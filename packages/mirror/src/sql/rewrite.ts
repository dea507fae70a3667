/** Replaces `file('…')` and quoted table references by names that SQLite knows. Pure. */
import { quoteName } from '../names.ts'
import type { Token } from './tokens.ts'

export interface Replacement {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text with every replacement made. */
export function replaceAll(sql: string, replacements: readonly Replacement[]): string {
  let at = 0
  let text = ''
  for (const { start, end, text: inserted } of inOrder(replacements)) {
    text += sql.slice(at, start) + inserted
    at = end
  }
  return text + sql.slice(at)
}

function inOrder(replacements: readonly Replacement[]): Replacement[] {
  return replacements.toSorted((a, b) => a.start - b.start)
}

export interface FileReference {
  readonly path: string
  readonly start: number
  readonly end: number
}

/** Every `file('path')` in the place of a table. */
export function fileReferences(tokens: readonly Token[]): FileReference[] {
  return tokens.flatMap((token, index) => {
    const [open, path, close] = tokens.slice(index + 1, index + 4)
    const isFile =
      token.kind === 'word' &&
      token.value.toLowerCase() === 'file' &&
      tokens[index - 1]?.text !== '.' &&
      open?.text === '(' &&
      path?.kind === 'string' &&
      close?.text === ')'
    return isFile ? [{ path: path.value, start: token.start, end: close.end }] : []
  })
}

/** A replacement of a name in quotes by a name with its schema. */
export function replaceName(token: Token, schema: string, name: string): Replacement {
  const text = `${quoteName(schema)}.${quoteName(name)}`
  return { start: token.start, end: token.end, text }
}
