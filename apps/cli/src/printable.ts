/**
 * Characters that control a terminal or change how other text is displayed: control characters, line and
 * paragraph separators, marks that change the writing direction, invisible tags, lone surrogates.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches these
  /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Escapes text from a table, a file or the gateway, so that it is safe on a terminal and fits on one line.
 * The escapes are those of JSON, so JSON keeps its meaning.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const short = SHORT[character]
    if (short !== undefined) return short
    return character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('')
  })
}

/** The same, but keeps line breaks. */
export function printableLines(text: string): string {
  return text.includes('\n') ? text.split('\n').map(printable).join('\n') : printable(text)
}

/** Whether a text needs no escapes. */
export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) === -1
}
