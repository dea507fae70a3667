import { visible } from '../../result/untrusted.ts'

/**
 * Whether other calls can refer to a table by its name as it is shown. Then its id is left out, which takes
 * as many tokens as several columns.
 *
 * @param names of all tables
 */
export function namedBy(names: readonly string[]): (name: string) => boolean {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return (name) => counts.get(name) === 1 && isPlain(name)
}

/** Whether a reference can hold the name: it has no version, no profile and no escape. */
function isPlain(name: string): boolean {
  return visible(name) === name && name.trim() !== '' && !/[:@\\]/.test(name)
}
