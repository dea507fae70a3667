/** Addresses of databases and HTTP APIs, as text. Loads nothing else, since every command checks for them. */

const SCHEMES: Readonly<Record<string, AddressKind>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite: 'sqlite',
  http: 'http',
  https: 'http',
}

export type AddressKind = 'postgres' | 'mysql' | 'sqlite' | 'http'

/** The kind of side that an address is of; undefined for any other text, such as the name of a file. */
export function addressKind(text: string): AddressKind | undefined {
  const [, scheme, rest] = /^([a-z]+):(.*)$/is.exec(text) ?? []
  const kind = scheme === undefined ? undefined : SCHEMES[scheme.toLowerCase()]
  // `http:stores` is a table of the profile `http`.
  return kind === 'sqlite' || rest?.startsWith('//') === true ? kind : undefined
}
