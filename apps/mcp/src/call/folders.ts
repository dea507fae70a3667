/** Access to files, restricted to the folders that the operator allowed. */
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { ConfigurationError } from '@chatlayer-tables/core'
import { ToolError } from '../result/tool-error.ts'

/**
 * The real path of a file to read.
 *
 * @throws ToolError for a missing file, and with the same words for one outside of the folders
 */
export async function fileToRead(folders: readonly string[], file: string): Promise<string> {
  const roots = await realFolders(folders)
  for (const candidate of candidates(roots, file)) {
    const real = await realpath(candidate).catch(() => undefined)
    // The target of a link must be inside a folder, not the link.
    if (real === undefined || !roots.some((root) => isInside(root, real))) continue
    if ((await lstat(real)).isFile()) return real
  }
  throw noSuchFile(file, roots)
}

/**
 * The real path of a file to write: a new file or, if `overwrite` is set, an existing one.
 *
 * @throws ToolError for a path outside of the folders, and for an existing file
 */
export async function fileToWrite(
  folders: readonly string[],
  file: string,
  overwrite: boolean,
): Promise<string> {
  const roots = await realFolders(folders)
  for (const candidate of candidates(roots, file)) {
    const parent = await realpath(dirname(candidate)).catch(() => undefined)
    if (parent === undefined || !roots.some((root) => root === parent || isInside(root, parent))) {
      continue
    }
    const target = join(parent, basename(candidate))
    const found = await lstat(target).catch(() => undefined)
    if (found !== undefined && !found.isFile()) continue
    if (found !== undefined && !overwrite) {
      throw new ToolError('FILE_EXISTS', `The file ${JSON.stringify(file)} already exists.`, {
        field: 'overwrite',
        hint: 'Choose another name, or pass overwrite: true if the user wants the file replaced.',
      })
    }
    return target
  }
  throw noSuchFile(file, roots)
}

async function realFolders(folders: readonly string[]): Promise<string[]> {
  try {
    return await Promise.all(folders.map((folder) => realpath(resolve(folder))))
  } catch (cause) {
    throw new ConfigurationError('a folder of --files does not exist', { cause })
  }
}

/** The absolute paths that a path may mean: a relative one in each of the folders. */
function candidates(roots: readonly string[], file: string): string[] {
  // Never valid in a path, and some system calls would stop at it.
  if (file.includes('\0')) return []
  return isAbsolute(file) ? [file] : roots.map((root) => join(root, file))
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function noSuchFile(file: string, roots: readonly string[]): ToolError {
  const name = JSON.stringify(file)
  return new ToolError(
    'FILE_NOT_FOUND',
    `The file ${name} does not exist in a folder of this server.`,
    {
      field: 'file',
      hint: `Pass a path within: ${roots.join(', ')}.`,
    },
  )
}
