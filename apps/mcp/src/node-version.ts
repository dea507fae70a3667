/** The oldest Node that this package runs on; `engines` in package.json says the same. */
export const MIN_NODE: readonly [major: number, minor: number] = [22, 19]

/** What to tell somebody whose Node is too old; undefined when it is not. */
export function nodeVersionError(version: string): string | undefined {
  const [oldestMajor, oldestMinor] = MIN_NODE
  if (isFrom(version, MIN_NODE)) return undefined
  return `chatlayer-tables-mcp needs Node ${oldestMajor}.${oldestMinor} or newer; this is ${version}.`
}

/** The oldest Node whose SQLite lets what a query may do be bounded, as @chatlayer-tables/mirror wants it. */
const SQL_NODE: readonly [major: number, minor: number] = [24, 15]

/** Whether queries of SQL can be run. */
export function hasBoundedSql(version: string): boolean {
  return isFrom(version, SQL_NODE)
}

function isFrom(version: string, [major, minor]: readonly [number, number]): boolean {
  const [own = 0, ownMinor = 0] = version.split('.').map(Number)
  return own > major || (own === major && ownMinor >= minor)
}
