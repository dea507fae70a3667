/** Files that come with this program. */
import { fileURLToPath } from 'node:url'

/** This program, to be started anew: when it is built all its files stand in one folder. */
export const OWN_BIN = fileURLToPath(new URL('./bin.js', import.meta.url))

/** The script that completes in a shell. */
export function completionFile(name: string): string {
  return fileURLToPath(new URL(`../completion/${name}`, import.meta.url))
}
