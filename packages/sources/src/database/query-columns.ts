/** Names of the columns of a query or table, which become those of a table's columns. */
import { InvalidInputError } from '@chatlayer-tables/core'

/**
 * The name of a column of a table that no header can have: blank ones are read as none.
 *
 * @param table the name of the table in messages
 * @throws InvalidInputError naming the columns by their place
 */
export function checkTableColumns(names: readonly string[], table: string): void {
  const blank = names.flatMap((name, index) => (isBlank(name) ? [index + 1] : []))
  if (blank.length === 0) return
  const listed = blank.map((index) => `column ${index}`).join(', ')
  throw new InvalidInputError(`${table} has columns with a blank name: ${listed}`, {
    field: 'address',
    hint: 'Read it with a query that names all columns, such as: select code, " " as remark from stores',
  })
}

/** Whether a header with this name would have none. */
export function isBlank(name: string): boolean {
  return name.trim() === ''
}

/**
 * @param isNameless whether the database made the name up
 * @throws InvalidInputError for no columns, and for duplicate or missing names
 */
export function checkQueryColumns(
  names: readonly string[],
  isNameless: (name: string) => boolean,
): void {
  const refuse = (problem: string, hint: string): never => {
    throw new InvalidInputError(`the query ${problem}`, { field: 'query', hint })
  }
  if (names.length === 0) refuse('has no columns', 'Such as: select code, name from stores')
  const nameless = names.flatMap((name, index) => (isNameless(name) ? [index + 1] : []))
  if (nameless.length > 0) {
    refuse(
      `has columns without a name: ${nameless.map((index) => `column ${index}`).join(', ')}`,
      'Name them, such as: select count(*) as stores',
    )
  }
  const repeated = [...new Set(names.filter((name, index) => names.indexOf(name) < index))]
  if (repeated.length > 0) {
    refuse(
      `has several columns named ${repeated.map((name) => `"${name}"`).join(', ')}`,
      'Give them different names, such as: select s.name as store, c.name as city',
    )
  }
}
