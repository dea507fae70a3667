/** The oldest Node that this program runs on; `engines` of package.json says the same. */
const OLDEST = [22, 19] as const

/** One line on what to do, when a Node of this version is too old; `version` as in `process.versions.node`. */
export function tooOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined
  return `chatlayer-tables needs Node ${OLDEST.join('.')} or newer; this is Node ${version}. Get one from https://nodejs.org`
}
