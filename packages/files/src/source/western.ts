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

/** Letters of words with signs at either end, and apostrophes, middle dots and soft hyphens inside. */
const WORD = new RegExp(
  `^[«“„‘’¿¡–—…•]*([a-z${LETTERS}]+(?:[’·\u00ad][a-z${LETTERS}]+)*)[»”“’°²³ºª™®©€…–—]*$`,
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

const BEYOND_ASCII = /[\u0080-\u009f\u00a1-\uffff]/g

/** What goes on where a word has begun. */
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

/** Of ASCII. */
function isLetter(unit: number): boolean {
  const small = unit | 32
  return small >= 97 && small <= 122
}

export function tokensOf(text: string): string[] {
  return Array.from(findTokens(text), ({ token }) => token)
}

/** Where the first word begins that is none of Western Europe; undefined where all are. */
export function firstDoubt(text: string): number | undefined {
  for (const { token, index } of findTokens(text)) {
    if (!isKnownWestern(token)) return index
  }
  return undefined
}

/** Words that were judged to be Western, since a file has the same ones many times. */
const known = new Set<string>()
const MAX_KNOWN = 20_000
/** In letters. V8 copies parts of a text up to here; longer ones keep the whole text they are cut from. */
const MAX_KNOWN_LENGTH = 12

function isKnownWestern(token: string): boolean {
  if (known.has(token)) return true
  if (!isWesternToken(token)) return false
  if (token.length > MAX_KNOWN_LENGTH) return true
  if (known.size >= MAX_KNOWN) known.clear()
  known.add(token)
  return true
}

/** In letters, a row of the same counted for three; no language has longer words. */
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

/** Whether a capital beyond ASCII stands where no word has one. */
export function hasMisplacedCapital(word: string): boolean {
  return /\p{Ll}(?![A-Z])\p{Lu}|\p{L}(?![A-Z])\p{Lu}\p{Ll}/u.test(word)
}
