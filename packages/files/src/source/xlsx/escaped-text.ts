/**
 * Escapes characters that XML cannot hold, as spreadsheets do: `_x`, four hexadecimal digits and `_`
 * for a UTF-16 unit; ECMA-376 part 1, section 22.9.2.19.
 */

export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9a-f]{4})_/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** Characters that XML 1.0 does not have or would change, and text that would be read as an escape. */
const ODD =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u0008\u000b-\u001f\ufffe\uffff\p{Cs}]|_(?=x[0-9a-f]{4}_)/giu

/** Text for an XML element, such that reading it gives the same. */
export function escapeText(text: string): string {
  const plain = text.replace(
    ODD,
    (unit) => `_x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
  )
  return /[&<>]/.test(plain)
    ? plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    : plain
}
