/**
 * Whether text that was read as Windows-1252 surely is. Bytes beyond ASCII mean something in every
 * encoding of one byte a character, so that only the words they make can tell: `Müller` is a word, and
 * `MŸller`, `Ma³gorzata` and `Èâàí` are none.
 *
 * A word is one of Western Europe when
 *
 * - its letters beyond ASCII are those of one language, at most two of them in a row, and stand where
 *   that language has them: no `ñ` before a consonant, no `è` before a vowel
 * - none of them is a capital after a small letter, or between a letter and a small one
 * - the signs beyond ASCII stand before it or behind it, as quotes, dashes and units do
 *
 * Icelandic, Estonian and what has `š` or `ž` are left out: their letters are those of Turkish, Hungarian and Czech
 * in other encodings.
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

/** Letters of words with signs at either end, and apostrophes and middle dots inside. */
const WORD = new RegExp(
  `^[«“„‘’¿¡–—…•]*([a-z${LETTERS}]+(?:[’·][a-z${LETTERS}]+)*)[»”“’°²³ºª™®©€…–—]*$`,
  'i',
)

/** Signs that stand alone, or beside digits; a row of the same counts for one. */
const SIGNS = /^(?:°[cfk]|µ[a-z]{1,2}|(?:([«»“”„‘’–—…€£¥§°²³½¼¾©®™µ×÷±·•¿¡ªº†])\1*){1,2})$/i

/** Where Western languages have no such letter, and others have the one that shares its byte. */
const MISPLACED =
  /ñ(?![aeiouáéíóúü])|õ(?!e)|ã(?!o|e|s?$)|(?<!^)œ(?!u)|[ìù](?!$)|[aei]è$|è[aiou]|i[êæ]$/

/** Two letters beyond ASCII in a row are these; three are never. */
const PAIRS =
  /^(?:é[éèâàôî]|[ïü]é|öë|ïë|[äöü]ß|ää|öö|üü|åå|ç[ãõàáâèéêóôû]|[áéíóúâã]ç|ñ[áéíóú]|[áéíóú]ñ|[íú][ãõ]|üí|ãí)$/

/** What is written together. */
const TOKENS = /[a-z\u0080-\u009f\u00a1-\uffff]+/gi

const BEYOND_ASCII = /[\u0080-\uffff]/

/** The words and signs with something beyond ASCII. */
export function tokensOf(text: string): string[] {
  return (text.match(TOKENS) ?? []).filter((token) => BEYOND_ASCII.test(token))
}

/** Where the first word begins that is none of Western Europe; undefined where all are. */
export function firstDoubt(text: string): number | undefined {
  if (!BEYOND_ASCII.test(text)) return undefined
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (BEYOND_ASCII.test(token) && !isWesternToken(token)) return index
  }
  return undefined
}

/** In letters, a row of the same counted for three; no language has longer words. */
const MAX_WORD = 100

export function isWesternToken(text: string): boolean {
  const token = text.replace(/(.)\1{3,}/gs, '$1$1$1')
  if (token.length > MAX_WORD) return false
  if (SIGNS.test(token)) return true
  const words = WORD.exec(token)?.[1]?.split(/[’·]/)
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

/** Whether a capital beyond ASCII stands where no word has one. */
export function hasMisplacedCapital(word: string): boolean {
  return /\p{Ll}(?![A-Z])\p{Lu}|\p{L}(?![A-Z])\p{Lu}\p{Ll}/u.test(word)
}
