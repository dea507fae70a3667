/** UTF-16 without a byte order mark. */

export type WideLabel = 'utf-16le' | 'utf-16be'

/** What every table holds and is one byte in other encodings, as UTF-16 in little endian. */
const STRUCTURE = ['\n', '\r', ' ', ',', ';', '\t', '"'].map((sign) => sign.charCodeAt(0))

/** How much is looked at, in bytes. */
const MAX_LOOKED_AT = 64 * 1024

/**
 * The byte order of a text in UTF-16, told by its line ends, spaces and delimiters, which are NUL and
 * a byte in every language: in the other order they are characters that nobody writes. Undefined where
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

/** ASCII that text is made of. */
function isText(unit: number): boolean {
  return (unit >= 32 && unit < 127) || (unit >= 9 && unit <= 13)
}

/** No control characters, no half characters, and none that no script has. */
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

/** Control characters, and characters that there are none of. */
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
