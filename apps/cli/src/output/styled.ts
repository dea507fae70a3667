/**
 * Text with styles. A style is data until a {@link Writer} writes it, so that text cannot send escape
 * sequences to a terminal.
 */
import type { styleText } from 'node:util'
import { printable } from '../printable.ts'

export type Style = Parameters<typeof styleText>[0]

export interface Piece {
  readonly text: string
  readonly style?: Style | undefined
}

export class Styled {
  readonly pieces: readonly Piece[]

  constructor(pieces: readonly Piece[]) {
    this.pieces = pieces
  }

  /** The text without styles. */
  toString(): string {
    return this.pieces.map(({ text }) => text).join('')
  }
}

/** Text that a {@link Writer} accepts. */
export type Text = string | Styled

export function styled(style: Style, text: string): Styled {
  return new Styled([{ text, style }])
}

export function piecesOf(text: Text): readonly Piece[] {
  return typeof text === 'string' ? [{ text }] : text.pieces
}

export function joinTexts(texts: readonly Text[], separator: string): Styled {
  return new Styled(
    texts.flatMap((text, index) =>
      index === 0 ? piecesOf(text) : [{ text: separator }, ...piecesOf(text)],
    ),
  )
}

/** Template with styled parts. Makes its other values printable, on one line. */
export function rich(strings: TemplateStringsArray, ...values: readonly Text[]): Styled {
  const pieces = strings.flatMap((text, index) => {
    const value = values[index]
    if (value === undefined) return [{ text }]
    return [{ text }, ...piecesOf(typeof value === 'string' ? printable(value) : value)]
  })
  return new Styled(pieces.filter(({ text }) => text !== ''))
}
