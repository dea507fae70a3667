/** Finds what a spreadsheet would run as a formula when it opens a text file, and guards it. */

/** Matches what every spreadsheet reads as a number, even with a sign like that of a formula. */
export const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * How a formula begins: the last four are the wide forms that Japanese and Chinese versions take for
 * the narrow ones.
 */
const START = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20'

/** Some programs skip a tab, a line end or spaces at the beginning. */
const FIRST = new RegExp(`^(?:[\\t\\r\\n]|\\s*[${START}])`)

/** The separators that spreadsheets split lines at, each as in a character class. */
const SEPARATORS: readonly string[] = [',', ';', '\\t', '|']

/**
 * Puts an apostrophe before each place of a text where a spreadsheet could begin a formula. A program
 * that expects another separator splits inside texts despite the quotes around them, and so does one
 * that sees a line end but not the quotes.
 *
 * @param delimiter of the file; a program that splits at it minds the quotes
 */
export function formulaGuard(delimiter: string): (cell: string) => string {
  const others = SEPARATORS.filter((each) => each !== (delimiter === '\t' ? '\\t' : delimiter))
  const inside = new RegExp(`([${others.join('')}\\r\\n])(["\\s]*)(?=[${START}])`, 'g')
  return (cell) => {
    const safe = cell.replace(inside, "$1$2'")
    return FIRST.test(cell) ? `'${safe}` : safe
  }
}
