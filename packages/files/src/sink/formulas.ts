/** What a spreadsheet would run when it opens a text file, and how it is kept from that. */

/** What every spreadsheet takes for a number, though it may begin as a formula does. */
export const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * How a formula begins: the last four are the wide forms that Japanese and Chinese versions take for
 * the narrow ones.
 */
const START = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20'

/** A tab or a line end at the beginning is passed over by some programs, as are spaces. */
const FIRST = new RegExp(`^(?:[\\t\\r\\n]|\\s*[${START}])`)

/** The separators that spreadsheets split lines at, each as in a character class. */
const SEPARATORS: readonly string[] = [',', ';', '\\t', '|']

/**
 * Puts an apostrophe before each place of a text where a spreadsheet could begin a formula. A program
 * that expects another separator than the file's splits inside of texts, whatever the quotes around
 * them, and so does one that sees a line end where it does not see the quotes.
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
