/** Files of the folders that the operator named, and of no other place. */
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { ConfigurationError } from '@chatlayer-tables/core'
import { ToolError } from '../result/tool-error.ts'

/**
 * The file that a call wants read, by its real path.
 *
 * @throws ToolError when it is not in a folder, which is told of one outside in the same words
 */
export async function fileToRead(folders: readonly string[], file: string): Promise<string> {
  const roots = await realFolders(folders)
  for (const candidate of candidates(roots, file)) {
    const real = await realpath(candidate).catch(() => undefined)
    // What a link points to counts, not where the link stands.
    if (real === undefined || !roots.some((root) => isInside(root, real))) continue
    if ((await lstat(real)).isFile()) return real
  }
  throw noSuchFile(file, roots)
}

/**
 * Where a call may write a file: a new one, or one in place of another when that was said.
 *
 * @throws ToolError for a place outside, and for what must not be overwritten
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
      throw new ToolError('FILE_EXISTS', `There is a file ${JSON.stringify(file)} already.`, {
        field: 'overwrite',
        hint: 'Choose another name, or say overwrite: true when the user wants it replaced.',
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
    throw new ConfigurationError('a folder of --files is not there', { cause })
  }
}

/** Where a path may be meant to point: a relative one into any of the folders. */
function candidates(roots: readonly string[], file: string): string[] {
  // No system has such a path, and some calls would end at the character.
  if (file.includes('\0')) return []
  return isAbsolute(file) ? [file] : roots.map((root) => join(root, file))
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function noSuchFile(file: string, roots: readonly string[]): ToolError {
  const name = JSON.stringify(file)
  return new ToolError('FILE_NOT_FOUND', `${name} is no file that this server may use.`, {
    field: 'file',
    hint: `Give a path within: ${roots.join(', ')}.`,
  })
}
