/** Text without its letter case, the same on every machine: no rule depends on a language. */

/**
 * Folds letter case. Two texts have the same fold exactly when Unicode's simple case folding
 * (statuses C and S of CaseFolding.txt) makes them equal, one code point for one code point. So `É`
 * equals `é`, `Σ` equals `σ` and `ς`, and `ẞ` equals `ß`; but `ß` does not equal `ss`, the Turkish
 * `İ` and `ı` do not equal `i`, and accents count.
 */
export function foldCase(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : text.replace(CASED, foldPoint)
}

const ASCII = /^[\0-\x7f]*$/

/** Code points that have a letter case; all others are their own fold. */
const CASED = /[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]/gu

/** Code points whose fold does not follow from their upper and lower case. */
const EXCEPTIONS: readonly (readonly [string, string])[] = [
  // The dotless i has the upper case I, but is not folded with it.
  ['\u0131', '\u0131'],
  // Twins of the same meaning, without a common upper case of one code point.
  ['\u1fd3', '\u0390'],
  ['\u1fe3', '\u03b0'],
  ['\ufb05', '\ufb06'],
]

/** The folds of the code points seen so far, about 3,000 at most. */
const folds = new Map<string, string>(EXCEPTIONS)

function foldPoint(point: string): string {
  let fold = folds.get(point)
  if (fold === undefined) {
    // Upper case first: the small letters of one capital, such as σ and ς, have one fold.
    const upper = orSame(point.toUpperCase(), point)
    fold = orSame(upper.toLowerCase(), upper)
    folds.set(point, fold)
  }
  return fold
}

/** A mapping to several code points, such as that of ß to SS, is not simple. */
function orSame(mapped: string, point: string): string {
  return isOnePoint(mapped) ? mapped : point
}

function isOnePoint(text: string): boolean {
  return text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length
}
