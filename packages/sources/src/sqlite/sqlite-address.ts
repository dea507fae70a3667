/** Addresses of SQLite databases: `sqlite:shop.db#stores`, `sqlite:///home/ann/shop.db#stores`. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import { parseTableName, tableNameText } from '../database/table-name.ts'

export interface SqliteAddress {
  /** An absolute path. */
  readonly path: string
  /** The path as it was given, for messages. */
  readonly file: string
  readonly table: string | undefined
  /** The address without parts that were given twice or encoded without need. */
  readonly name: string
}

const PARTS = /^sqlite:([^#?]*)(\?[^#]*)?(?:#(.*))?$/is

/** @throws InvalidInputError for anything that is not such an address */
export function parseSqliteAddress(address: string): SqliteAddress {
  const [, encoded = '', parameters, fragment = ''] = PARTS.exec(address) ?? []
  if (parameters !== undefined) {
    throw invalid('has parameters, which sqlite: does not take', 'Write a "?" in a path as %3F.')
  }
  const file = decoded(localPath(encoded)).replace(/^\/{2,}/, '/')
  if (file === '') throw invalid('does not name a file')
  const table = fragment === '' ? undefined : parseTableName(decoded(fragment))
  if (table?.schema !== undefined && table.schema.toLowerCase() !== 'main') {
    throw invalid(
      'names a table of another database file',
      'Such as #stores; quote a name with a dot: #"stores.2024".',
    )
  }
  const end =
    table === undefined
      ? ''
      : `#${tableNameText({ schema: undefined, name: table.name }).replace(/[%\p{C}]/gu, encodeURIComponent)}`
  return {
    path: resolve(file.replace(/^~(?=[/\\])/, homedir)),
    file,
    table: table?.name,
    name: `sqlite:${file.replace(/[%#?\p{C}]/gu, encodeURIComponent)}${end}`,
  }
}

/** The path of a URL with two slashes, `//` and a host that must be this one; others as they are. */
function localPath(path: string): string {
  const [, host, rest] = /^\/\/([^/]*)(\/.*)?$/s.exec(path) ?? []
  if (host === undefined) return path
  if (host !== '' && host.toLowerCase() !== 'localhost') {
    throw invalid(
      `names the host "${host}"`,
      'A path without a folder has no slashes before it: sqlite:shop.db. An absolute one has three.',
    )
  }
  // A drive of Windows: `sqlite:///C:/shop.db`.
  return (rest ?? '').replace(/^\/(?=[a-z]:[/\\])/i, '')
}

function decoded(text: string): string {
  let value: string
  try {
    value = decodeURIComponent(text)
  } catch {
    throw invalid('has a "%" that is not written as %25')
  }
  if (value.includes('\0')) throw invalid('contains %00')
  return value
}

function invalid(why: string, hint = 'Such as sqlite:shop.db#stores'): InvalidInputError {
  return new InvalidInputError(`the address ${why}`, { field: 'address', hint })
}
