/**
 * What a terminal would act upon or what changes how the rest is read: control characters, line and
 * paragraph separators, marks that turn the writing direction, invisible tags, half characters.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Text from a table, a file or the gateway, safe to show on a terminal, on one line. The escapes are
 * JSON's, so that JSON stays the JSON that it is.
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

/** The same for text of several lines, which stay. */
export function printableLines(text: string): string {
  return text.includes('\n') ? text.split('\n').map(printable).join('\n') : printable(text)
}

/** Whether a text can be shown as it is. */
export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) === -1
}
