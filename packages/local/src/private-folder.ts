/**
 * How folders are made that only their owner may use, and how it is seen that others could change what
 * is in one. Without imports, for programs that need it before they load anything.
 */

/** What is used of the file system. */
export interface FolderCalls {
  mkdirSync(path: string, options: { mode: number }): unknown
  chmodSync(path: string, mode: number): void
  statSync(
    path: string,
    options: { throwIfNoEntry: false },
  ): { isDirectory(): boolean; readonly mode: number; readonly uid: number } | undefined
  dirname(path: string): string
}

/**
 * Creates a folder with mode 0700, with the folders above it that are missing. An existing folder is
 * left as it is. Not by the recursive form of `mkdir`: it never ends where a file system says that its
 * root is missing.
 *
 * @throws the system's error
 */
export function makeFolder(path: string, calls: FolderCalls): void {
  try {
    calls.mkdirSync(path, { mode: 0o700 })
    calls.chmodSync(path, 0o700)
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) {
      if (statOf(path, calls)?.isDirectory() === true) return
      throw error
    }
    const parent = calls.dirname(path)
    const isMissing = isSystemError(error, 'ENOENT') && statOf(parent, calls) === undefined
    if (!isMissing || parent === path) throw error
    makeFolder(parent, calls)
    makeFolder(path, calls)
  }
}

/** The name of the folders that hold what this program keeps; see also `stateFolder`. */
const OWN_NAME = 'chatlayer-tables'

/**
 * - `writable`: its mode lets others write
 * - `foreign`: it belongs to another user
 */
export type Exposure = 'writable' | 'foreign'

/**
 * The first folder of a path in which others could change something: the path itself, and those above
 * it up to the one that is called `chatlayer-tables`. What is above them could only put a folder of
 * another user in their place. A folder that does not exist is none.
 *
 * @param ownUid undefined on Windows, where modes say nothing
 */
export function exposedFolder(
  path: string,
  ownUid: number | undefined,
  calls: FolderCalls,
): { readonly path: string; readonly exposure: Exposure } | undefined {
  if (ownUid === undefined) return undefined
  for (const each of ownFolders(path, calls)) {
    const found = statOf(each, calls)
    if (found === undefined) continue
    // What root owns, root could change in any case.
    if (found.uid !== ownUid && found.uid !== 0) return { path: each, exposure: 'foreign' }
    if ((found.mode & 0o022) !== 0) return { path: each, exposure: 'writable' }
  }
  return undefined
}

function ownFolders(path: string, { dirname }: FolderCalls): string[] {
  const found = [path]
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    if (at !== path) found.push(at)
    if (at.slice(dirname(at).length).replace(/^[\\/]/, '') === OWN_NAME) return found.reverse()
  }
  return [path]
}

function statOf(path: string, { statSync }: FolderCalls) {
  return statSync(path, { throwIfNoEntry: false })
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
