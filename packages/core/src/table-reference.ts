import type { Version } from '@chatlayer-tables/contract'
import { InvalidInputError } from './errors.ts'

/** A table as people write it: `[profile:]table[@draft|@live]`. */
export interface TableReference {
  readonly profile: string | undefined
  /** The table's name or id. */
  readonly table: string
  readonly version: Version | undefined
}

/**
 * Reads `[profile:]table[@draft|@live]`. Only the first colon parts a profile off, and only an `@`
 * before `draft` or `live` (in any case) at the very end parts a version off, so that names with
 * other colons and at-signs stay whole; `:name` names a table whose own name holds a colon.
 *
 * @throws InvalidInputError when no table is left
 */
export function parseTableReference(text: string): TableReference {
  const versioned = /^(.*)@(draft|live)$/is.exec(text)
  const rest = versioned?.[1] ?? text
  const colon = rest.indexOf(':')
  const profile = colon > 0 ? rest.slice(0, colon) : undefined
  const table = colon >= 0 ? rest.slice(colon + 1) : rest
  if (table.trim() === '') {
    throw new InvalidInputError(`"${text}" names no table`, {
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
