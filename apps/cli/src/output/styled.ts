/**
 * Text with styles. A style is data until a {@link Writer} writes it, so that no text can bring
 * escape sequences of its own to a terminal.
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

  /** Without the styles. */
  toString(): string {
    return this.pieces.map(({ text }) => text).join('')
  }
}

/** What can be written. */
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

/** A template with styled parts. Its other values are made printable, on one line. */
export function rich(strings: TemplateStringsArray, ...values: readonly Text[]): Styled {
  const pieces = strings.flatMap((text, index) => {
    const value = values[index]
    if (value === undefined) return [{ text }]
    return [{ text }, ...piecesOf(typeof value === 'string' ? printable(value) : value)]
  })
  return new Styled(pieces.filter(({ text }) => text !== ''))
}
