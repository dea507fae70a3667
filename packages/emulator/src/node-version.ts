/** The oldest supported Node, as in package.json. */
const FLOOR = [22, 19] as const

/**
 * The problem with the current Node; undefined when there is none. It imports nothing, so that it
 * works where `node:sqlite` is missing.
 *
 * @param version such as `22.19.0`
 */
export function nodeTooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1])) return undefined
  return `chatlayer-tables-emulator needs Node ${FLOOR.join('.')} or newer; this is Node ${version}.`
}
