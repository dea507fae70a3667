/**
 * Decides whether text decoded as Windows-1252 is certainly in that encoding. Bytes beyond ASCII have
 * a meaning in every encoding of one byte per character, so only the words they form can show it:
 * `Müller` is a word, and `MŸller`, `Ma³gorzata` and `Èâàí` are not.
 *
 * A word is one of Western Europe when
 *
 * - its letters beyond ASCII are those of one language, at most two of them in a row, and in positions
 *   where that language has them: no `ñ` before a consonant, no `è` before a vowel
 * - none of them is a capital after a small letter, or between a letter and a small one
 * - the signs beyond ASCII come before or after it, as quotes, dashes and units do
 *
 * Icelandic, Estonian and languages with `š` or `ž` are not included: in other encodings their letters
 * are those of Turkish, Hungarian and Czech.
 */

/** The letters beyond ASCII of each language, small. */
const ALPHABETS = [
  'àâçéèêëîïôœùûüÿ',
  'äöüßé',
  'áàâéèêëíïóôöúüûç',
  'áéíóúüñ',
  'àçèéíïòóúü',
  'áâãàçéêíóôõúü',
  'àèéìòùî',
  'åäöæøéü',
].map((letters) => new RegExp(`^[a-z${letters}]+$`))

const LETTERS = 'àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÿ'

/** Letters of words with signs at either end, and apostrophes, middle dots and soft hyphens inside. */
const WORD = new RegExp(
  `^[«“„‘’¿¡–—…•]*([a-z${LETTERS}]+(?:[’·\u00ad][a-z${LETTERS}]+)*)[»”“’°²³ºª™®©€…–—]*$`,
  'i',
)

/** Signs that are used alone, or next to digits; repeated ones count as one. */
const SIGNS = /^(?:°[cfk]|µ[a-z]{1,2}|(?:([«»“”„‘’–—…€£¥§°²³½¼¾©®™µ×÷±·•¿¡ªº†])\1*){1,2})$/i

/** Positions where Western languages do not have these letters, and others have the letter of the same byte. */
const MISPLACED =
  /ñ(?![aeiouáéíóúü])|õ(?!e)|ã(?!o|e|s?$)|(?<!^)œ(?!u)|[ìù](?!$)|[aei]è$|è[aiou]|i[êæ]$/

/** Two letters beyond ASCII in a row are these; three are never. */
const PAIRS =
  /^(?:é[éèâàôî]|[ïü]é|öë|ïë|[äöü]ß|ää|öö|üü|åå|ç[ãõàáâèéêóôû]|[áéíóúâã]ç|ñ[áéíóú]|[áéíóú]ñ|[íú][ãõ]|üí|ãí)$/

const BEYOND_ASCII = /[\u0080-\u009f\u00a1-\uffff]/g

/** Matches the rest of a word. */
const REST = /[a-z\u0080-\u009f\u00a1-\uffff]*/giy

/** The words and signs with something beyond ASCII, and where each begins. */
function* findTokens(text: string): Generator<{ readonly token: string; readonly index: number }> {
  let end = 0
  for (;;) {
    BEYOND_ASCII.lastIndex = end
    const found = BEYOND_ASCII.exec(text)
    if (found === null) return
    let { index } = found
    while (index > end && isLetter(text.charCodeAt(index - 1))) index -= 1
    REST.lastIndex = found.index
    end = found.index + (REST.exec(text)?.[0].length ?? 1)
    yield { token: text.slice(index, end), index }
  }
}

/** Whether a UTF-16 unit is an ASCII letter. */
function isLetter(unit: number): boolean {
  const small = unit | 32
  return small >= 97 && small <= 122
}

export function tokensOf(text: string): string[] {
  return Array.from(findTokens(text), ({ token }) => token)
}

/** The position of the first word that is not of Western Europe; undefined when all are. */
export function firstDoubt(text: string): number | undefined {
  for (const { token, index } of findTokens(text)) {
    if (!isKnownWestern(token)) return index
  }
  return undefined
}

/** Words that were judged to be Western, since a file has the same ones many times. */
const known = new Set<string>()
const MAX_KNOWN = 20_000
/** Letters. V8 copies shorter parts of a text; longer ones keep the whole text in memory. */
const MAX_KNOWN_LENGTH = 12

function isKnownWestern(token: string): boolean {
  if (known.has(token)) return true
  if (!isWesternToken(token)) return false
  if (token.length > MAX_KNOWN_LENGTH) return true
  if (known.size >= MAX_KNOWN) known.clear()
  known.add(token)
  return true
}

/** Letters, with repeated ones counted as three. No language has longer words. */
const MAX_WORD = 100

export function isWesternToken(text: string): boolean {
  const token = text.replace(/(.)\1{3,}/gs, '$1$1$1')
  if (token.length > MAX_WORD) return false
  if (SIGNS.test(token)) return true
  const words = WORD.exec(token)?.[1]?.split(/[’·\u00ad]/)
  return words?.every(isWesternWord) === true
}

function isWesternWord(word: string): boolean {
  if (hasMisplacedCapital(word)) return false
  const small = word.toLowerCase()
  const rows = small.match(/[^a-z]{2,}/g) ?? []
  return (
    rows.every((row) => PAIRS.test(row)) &&
    !MISPLACED.test(small) &&
    ALPHABETS.some((alphabet) => alphabet.test(small))
  )
}

/** Whether a capital beyond ASCII is in a position where words do not have one. */
export function hasMisplacedCapital(word: string): boolean {
  return /\p{Ll}(?![A-Z])\p{Lu}|\p{L}(?![A-Z])\p{Lu}\p{Ll}/u.test(word)
}
