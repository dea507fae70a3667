/** UTF-16 without a byte order mark. */

export type WideLabel = 'utf-16le' | 'utf-16be'

/** Characters that every table holds. */
const STRUCTURE = ['\n', '\r', ' ', ',', ';', '\t', '"'].map((sign) => sign.charCodeAt(0))

/** How many bytes are examined. */
const MAX_LOOKED_AT = 64 * 1024

/**
 * The byte order of a text in UTF-16, from its line ends, spaces and delimiters. They are NUL and a byte
 * in every language; in the other order they are characters that are hardly ever used. Undefined when
 * the text is not UTF-16, or has none of them.
 */
export function wideOrder(sample: Buffer): WideLabel | undefined {
  const looked = sample.subarray(0, Math.min(sample.length, MAX_LOOKED_AT))
  if (looked.length < 2 || (looked.length === sample.length && sample.length % 2 === 1))
    return undefined
  const bytes = looked.subarray(0, looked.length - (looked.length % 2))
  if (!bytes.includes(0)) return undefined
  const count = { little: 0, big: 0, odd: 0 }
  for (let at = 0; at < bytes.length; at += 2) {
    const [first = 0, second = 0] = [bytes[at], bytes[at + 1]]
    if (second === 0 && isText(first)) count.little += STRUCTURE.includes(first) ? 3 : 1
    else if (first === 0 && isText(second)) count.big += STRUCTURE.includes(second) ? 3 : 1
    else if (first === 0 && second === 0) count.odd += 1
  }
  const [less, more] = [Math.min(count.little, count.big), Math.max(count.little, count.big)]
  if (count.odd > 0 || more === 0 || less * 4 > more) return undefined
  const label = count.little > count.big ? 'utf-16le' : 'utf-16be'
  return isPlausible(bytes, label) ? label : undefined
}

/** Whether a unit is printable ASCII, a tab or a line end. */
function isText(unit: number): boolean {
  return (unit >= 32 && unit < 127) || (unit >= 9 && unit <= 13)
}

/** Whether the text has no control characters, half characters or unassigned characters. */
function isPlausible(bytes: Buffer, label: WideLabel): boolean {
  let text: string
  try {
    // The last character may be cut.
    text = new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true })
  } catch {
    return false
  }
  return !NO_TEXT.test(text) && hasLines(text, bytes)
}

/** Control characters, and code points that are not assigned. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const NO_TEXT = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]|\p{Cn}|\p{Co}/u

/**
 * Whether most bytes that end a line in ASCII end one here. They do not in UTF-8 that holds NUL now
 * and then.
 */
function hasLines(text: string, bytes: Buffer): boolean {
  const ends = bytes.filter((byte) => byte === LINE_FEED).length
  if (ends > 0) return (text.split('\n').length - 1) * 2 > ends
  return bytes.filter((byte) => byte === 0).length * 4 >= text.length
}

const LINE_FEED = 10
