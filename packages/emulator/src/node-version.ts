/** The oldest Node that this package runs on, as its package.json says. */
const FLOOR = [22, 19] as const

/**
 * What is wrong with the Node that runs this; undefined when nothing is. It loads nothing, so that
 * it can speak where `node:sqlite` is missing.
 *
 * @param version such as `22.19.0`
 */
export function nodeTooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1])) return undefined
  return `chatlayer-tables-emulator needs Node ${FLOOR.join('.')} or newer; this is Node ${version}.`
}
