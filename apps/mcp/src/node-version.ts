/** The oldest Node that this package runs on; `engines` in package.json says the same. */
export const OLDEST_NODE: readonly [major: number, minor: number] = [22, 19]

/** What to tell somebody whose Node is too old; undefined when it is not. */
export function nodeComplaint(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined
  return `chatlayer-tables-mcp needs Node ${oldestMajor}.${oldestMinor} or newer; this is ${version}.`
}
