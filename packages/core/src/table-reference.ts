import type { Version } from '@chatlayer-tables/contract'
import { InvalidInputError } from './errors.ts'

/** A table as users write it: `[profile:]table[@draft|@live]`. */
export interface TableReference {
  readonly profile: string | undefined
  /** The table's name or id. */
  readonly table: string
  readonly version: Version | undefined
}

/**
 * Reads `[profile:]table[@draft|@live]`. Only the first colon separates a profile, and only an `@`
 * before `draft` or `live` (in any case) at the very end separates a version, so that names may
 * contain other colons and at-signs. `:name` is a table whose own name contains a colon.
 *
 * @throws InvalidInputError when the name of the table is missing
 */
export function parseTableReference(text: string): TableReference {
  const versioned = /^(.*)@(draft|live)$/is.exec(text)
  const rest = versioned?.[1] ?? text
  const colon = rest.indexOf(':')
  const profile = colon > 0 ? rest.slice(0, colon) : undefined
  const table = colon >= 0 ? rest.slice(colon + 1) : rest
  if (table.trim() === '') {
    throw new InvalidInputError(`"${text}" must name a table`, {
      field: 'table',
      hint: 'Write a table as [profile:]table[@draft|@live], such as stores or stores@live.',
    })
  }
  const version = versioned?.[2]?.toUpperCase()
  return {
    profile,
    table,
    version: version === 'DRAFT' || version === 'LIVE' ? version : undefined,
  }
}
