/** How a saved connection is written as an address, and what it stands for. */
import type { AddressKind } from '@chatlayer-tables/sources'
import { addressKind } from '@chatlayer-tables/sources/address'
import { UsageError } from '../failures.ts'
import type { Connection } from './connection-file.ts'

/** A saved connection, and what follows its name. */
export interface SavedReference {
  readonly name: string
  /** From the scheme, which must be that of the connection. */
  readonly kind: AddressKind | undefined
  /** With its leading slash, or empty. */
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
  /** With its `#`, or empty. */
  readonly fragment: string
}

const NAME = '[a-z0-9][a-z0-9_-]*'
const GENERAL = new RegExp(`^connection:(${NAME})(/[^?#]*)?(\\?[^#]*)?(#.*)?$`, 'is')
const DATABASE = new RegExp(`^(?:postgres|postgresql|mysql|mariadb)://(${NAME})(#.*)?$`, 'is')

/**
 * Reads `connection:NAME`, perhaps with a path, parameters and a table after it, and
 * `postgres://NAME#table`: a host alone, without a dot and without a database, is the name of a saved
 * connection.
 */
export function readSavedReference(text: string): SavedReference | undefined {
  const [, general, path = '', query = '', fragment = ''] = GENERAL.exec(text) ?? []
  if (general !== undefined) {
    return { name: general.toLowerCase(), kind: undefined, path, query, fragment }
  }
  const [, name, table = ''] = DATABASE.exec(text) ?? []
  if (name === undefined || name.toLowerCase() === 'localhost') return undefined
  const kind = addressKind(text)
  return { name: name.toLowerCase(), kind, path: '', query: '', fragment: table }
}

/**
 * The address that a reference stands for.
 *
 * @throws UsageError if what follows the name does not fit the connection
 */
export function addressOf(reference: SavedReference, { address }: Connection): string {
  const { name, path, query, fragment } = reference
  const kind = addressKind(address)
  if (reference.kind !== undefined && reference.kind !== kind) {
    throw new UsageError(
      `the saved connection "${name}" is of another kind than the address`,
      `Write connection:${name} in place of the address.`,
    )
  }
  if (kind !== 'http' && (path !== '' || query !== '')) {
    throw new UsageError(
      `only #table can follow connection:${name}`,
      'The database and its parameters are part of the saved connection.',
    )
  }
  const [, base = '', itsQuery = '', itsFragment = ''] =
    /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(address) ?? []
  const whole = path === '' ? base : `${base.replace(/\/$/, '')}${path}`
  return `${whole}${joined(itsQuery, query)}${fragment === '' ? itsFragment : fragment}`
}

function joined(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first}&${second.slice(1)}`
}

/** The server that an address is of. A secret that was saved for it is sent to no other. */
export function originOf(address: string): string {
  const [, scheme = '', authority = '', parameters = ''] = PARTS.exec(address) ?? []
  const hosts = parameters
    .split('&')
    .filter((parameter) => /^(?:host|hostaddr|port)=/i.test(parameter))
  return [`${scheme}://${authority}`.toLowerCase(), ...hosts].join(' ')
}

const PARTS = /^([a-z]+):(?:\/\/(?:[^@/?#]*@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?/is

/** The address without its parameters, which may be long, or secrets. */
export function shownAddress(address: string): string {
  return address.replace(/\?[^#]*/s, '?…')
}
