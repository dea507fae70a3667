/** The oldest supported Node version, the same as in `engines` of package.json. */
const MIN_VERSION = [22, 19] as const

/** @returns an error in one line if this version, as in `process.versions.node`, is too old */
export function checkNodeVersion(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [minMajor, minMinor] = MIN_VERSION
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return undefined
  return `chatlayer-tables requires Node ${MIN_VERSION.join('.')} or newer; this is Node ${version}. Download it from https://nodejs.org`
}
