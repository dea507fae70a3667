/** Finds the packages of this workspace. Runs on Node 20, before anything is installed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * @typedef {{ dir: string, folder: string, manifest: Record<string, any> }} Package
 *   `dir` is absolute, `folder` is relative to the root with forward slashes
 */

/**
 * Every package below a workspace's root, sorted by folder.
 *
 * @param {string} [root]
 * @returns {Package[]}
 */
export function listPackages(root = ROOT) {
  const parents = ['packages', 'apps'].flatMap((group) => {
    const dir = join(root, group)
    return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : []
  })
  return [...parents, ...['examples', 'bench', 'docs'].map((name) => join(root, name))]
    .filter((dir) => existsSync(join(dir, 'package.json')))
    .map((dir) => ({
      dir,
      folder: relative(root, dir).split(sep).join('/'),
      manifest: readManifest(dir),
    }))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** @param {string} dir */
export function readManifest(dir) {
  return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
}

/**
 * Whether a package is a bundled program: its devDependencies are then in the bundle, and its dependencies
 * are not.
 *
 * @param {Record<string, any>} manifest
 */
export function isBundled({ bin, scripts }) {
  return bin !== undefined && scripts?.build === 'rolldown -c'
}
