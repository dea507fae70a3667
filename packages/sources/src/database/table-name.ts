/** Names of tables as addresses have them: `stores`, `public.stores`, `public."Odd.Name"`. */
import { InvalidInputError } from '@chatlayer-tables/core'

/** The name of a table, as the database has it. */
export interface TableName {
  /** In MySQL the database. Undefined: where the database finds it. */
  readonly schema: string | undefined
  readonly name: string
}

const PART = /(?:"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|([^".`@]+))(\.|$)/y

/**
 * Names are taken exactly as they are written; quotes, or the backticks of MySQL, are needed for one
 * with a dot, a quote or an `@` in it.
 *
 * @throws InvalidInputError for any other text
 */
export function parseTableName(text: string): TableName {
  const parts: string[] = []
  PART.lastIndex = 0
  for (let isMore = true; isMore; ) {
    const match = PART.exec(text)
    if (match === null) throw invalid()
    const [, quoted, ticked, plain, end] = match
    parts.push(
      quoted?.replaceAll('""', '"') ?? ticked?.replaceAll('``', '`') ?? plain?.trim() ?? '',
    )
    isMore = end === '.'
  }
  const [first = '', second, ...rest] = parts
  if (parts.includes('') || rest.length > 0) throw invalid()
  return second === undefined ? { schema: undefined, name: first } : { schema: first, name: second }
}

/** The name with the quotes that it needs. {@link parseTableName} reads it. */
export function tableNameText({ schema, name }: TableName): string {
  const text = quotedWhereNeeded(name)
  return schema === undefined ? text : `${quotedWhereNeeded(schema)}.${text}`
}

function quotedWhereNeeded(name: string): string {
  const isPlain = /^[^".`@]+$/.test(name) && name.trim() === name
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`
}

function invalid(): InvalidInputError {
  return new InvalidInputError('the address does not end with the name of a table', {
    field: 'address',
    hint: 'Such as #stores, #public.stores or #public."Odd.Name".',
  })
}
