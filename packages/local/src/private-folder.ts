/**
 * Creates folders that only their owner may use, and detects folders that others could change. Without
 * imports, for programs that need it before they load anything.
 */

/** The calls of the file system that are used here. */
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
 * left as it is. The recursive form of `mkdir` is not used: it never ends on a file system that reports
 * its root as missing.
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

/** The name of this program's own folders; see also `stateFolder`. */
const OWN_NAME = 'chatlayer-tables'

/**
 * - `writable`: its mode lets others write
 * - `foreign`: it belongs to another user
 */
export type Exposure = 'writable' | 'foreign'

/**
 * The first folder of a path that others could change: the path itself, and those above
 * it up to the one that is called `chatlayer-tables`. In the folders above those, others could only
 * put a folder of another user in their place. A folder that does not exist does not count.
 *
 * @param ownUid undefined on Windows, where modes have no meaning
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
    // The root user could change its own folders in any case.
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
