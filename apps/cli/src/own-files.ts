/** Files that come with this program. */
import { fileURLToPath } from 'node:url'

/** The executable of this program. Once built, all its files are in one folder. */
export const OWN_BIN = fileURLToPath(new URL('./bin.js', import.meta.url))

/** The path of the completion script for a shell. */
export function completionFile(name: string): string {
  return fileURLToPath(new URL(`../completion/${name}`, import.meta.url))
}
