/** The oldest supported Node; the same as `engines` in package.json. */
export const MIN_NODE: readonly [major: number, minor: number] = [22, 19]

/** An error message for a Node that is too old; undefined for a supported one. */
export function nodeVersionError(version: string): string | undefined {
  const [minMajor, minMinor] = MIN_NODE
  if (isFrom(version, MIN_NODE)) return undefined
  return `chatlayer-tables-mcp needs Node ${minMajor}.${minMinor} or newer; this is ${version}.`
}

/** The oldest Node whose SQLite can restrict queries as @chatlayer-tables/mirror requires. */
const SQL_NODE: readonly [major: number, minor: number] = [24, 15]

/** Whether this Node can run SQL queries safely. */
export function hasBoundedSql(version: string): boolean {
  return isFrom(version, SQL_NODE)
}

function isFrom(version: string, [major, minor]: readonly [number, number]): boolean {
  const [own = 0, ownMinor = 0] = version.split('.').map(Number)
  return own > major || (own === major && ownMinor >= minor)
}
