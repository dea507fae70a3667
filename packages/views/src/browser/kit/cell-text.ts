/** Texts of cells, in which no character is invisible or changes the order of others. */
import type { Cell } from '../../protocol/cells.ts'
import { h } from './element.ts'

/**
 * Emoji are kept whole, although some contain joiners. Everything else that draws nothing, draws as a
 * space, or reorders text is escaped.
 */
const EMOJI_OR_INVISIBLE =
  /(?<emoji>\p{RGI_Emoji})|[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800[\p{Zs}--\u0020]]/gv

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

interface Part {
  readonly text: string
  readonly isEscape: boolean
}

/** The text with a visible escape such as `\u202e` in place of each invisible character. */
export function visibleText(text: string): string {
  return partsOf(text, '')
    .map((part) => part.text)
    .join('')
}

/** The same as nodes, with escapes marked. `kept` are characters to keep, such as line breaks. */
export function visibleNode(text: string, kept = ''): Node {
  const parts = partsOf(text, kept).map((part) =>
    part.isEscape ? h('span', { class: 'escape' }, part.text) : part.text,
  )
  const fragment = document.createDocumentFragment()
  fragment.append(...parts)
  return fragment
}

function partsOf(text: string, kept: string): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(EMOJI_OR_INVISIBLE)) {
    const [character] = match
    if (match.groups?.emoji !== undefined || kept.includes(character)) continue
    if (match.index > end) parts.push({ text: text.slice(end, match.index), isEscape: false })
    parts.push({ text: SHORT[character] ?? escapeOf(character), isEscape: true })
    end = match.index + character.length
  }
  if (end < text.length) parts.push({ text: text.slice(end), isEscape: false })
  return parts
}

function escapeOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}

/** Exact text of a value, for copying and comparing; empty if there is none. */
export function rawText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'object') return String(cell)
  if ('number' in cell) return cell.number
  return 'json' in cell ? cell.json : ''
}

/** Text to show for a value: `null`, `[masked]`, otherwise its visible text. */
export function cellText(cell: Cell): string {
  if (cell === null) return 'null'
  if (isAbsent(cell)) return `[${cell.absent === 'not-kept' ? 'not kept' : cell.absent}]`
  return visibleText(rawText(cell))
}

/** Longer texts are cut in tables, since a browser lays out all of a line that it shows a part of. */
const MAX_CELL = 400

/** A value as a node, on one line: null and absent values are dim, escapes marked. */
export function cellNode(cell: Cell): Node {
  if (cell === null) return h('span', { class: 'null' }, 'null')
  if (isAbsent(cell)) return h('span', { class: 'absent' }, cellText(cell))
  const text = rawText(cell)
  return visibleNode(text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}…` : text)
}

/** A value as a block: lines of text are kept, JSON is indented. */
export function cellBlock(cell: Cell): Node {
  if (cell === null || isAbsent(cell)) return cellNode(cell)
  const text = typeof cell === 'object' && 'json' in cell ? indented(cell.json) : rawText(cell)
  return visibleNode(text, '\n')
}

/** JSON on several lines. Only spaces are added, so that no number loses digits. */
export function indented(json: string): string {
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  return json.replace(
    /"(?:[^"\\]|\\.)*"|(?<empty>\{\s*\}|\[\s*\])|(?<mark>[{}[\],:])|(?<space>\s+)/g,
    (token, ...rest) => {
      const { empty, mark, space } = rest.at(-1)
      if (space !== undefined) return ''
      if (empty !== undefined) return token[0] === '{' ? '{}' : '[]'
      if (mark === undefined) return token
      if (mark === ':') return ': '
      if (mark === ',') return `,${line()}`
      const isOpening = mark === '{' || mark === '['
      depth += isOpening ? 1 : -1
      return isOpening ? `${mark}${line()}` : `${line()}${mark}`
    },
  )
}

export function isAbsent(
  cell: Cell,
): cell is { readonly absent: 'masked' | 'hidden' | 'not-kept' } {
  return typeof cell === 'object' && cell !== null && 'absent' in cell
}
