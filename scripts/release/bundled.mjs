/**
 * Programs that bundle packages of this workspace. changesets does not release them when only a bundled
 * package changes, because no version range tells it to; their users would keep the old code.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readChangesets } from '@changesets/read'
import { isBundled, listPackages } from '../workspace.mjs'

/**
 * The packages of the workspace that each bundled program contains, by the program's name: what
 * `rolldown -c` and `bundle.mjs` find below the program's own imports.
 *
 * @param {import('../workspace.mjs').Package[]} packages
 * @returns {Map<string, string[]>}
 */
export function listBundled(packages) {
  const manifests = new Map(packages.map(({ manifest }) => [manifest.name, manifest]))
  /** @type {Map<string, string[]>} */
  const bundled = new Map()
  for (const { manifest } of packages) {
    const { name, scripts, dependencies, devDependencies } = manifest
    if (isBundled(manifest)) bundled.set(name, closure({ ...dependencies, ...devDependencies }))
    else if (scripts?.bundle !== undefined) bundled.set(name, closure(dependencies))
  }
  return bundled

  /** @param {Record<string, string>} [direct] */
  function closure(direct = {}) {
    const found = new Set(Object.keys(direct).filter((name) => manifests.has(name)))
    // A set that grows while it is iterated is iterated to its end.
    for (const name of found) {
      for (const each of Object.keys(manifests.get(name)?.dependencies ?? {})) {
        if (manifests.has(each)) found.add(each)
      }
    }
    return [...found].sort()
  }
}

/**
 * Adds a changeset for each program that bundles a changed package, unless the changeset of that package
 * names the program too.
 *
 * @param {string} root of the workspace
 * @returns {Promise<string[]>} the programs
 */
export async function addBundleChangesets(root) {
  const changesets = await readChangesets(root)
  const programs = []
  for (const [program, contents] of listBundled(listPackages(root))) {
    const changed = changesets
      .map(({ releases }) => releases.filter(({ type }) => type !== 'none').map(({ name }) => name))
      .filter((names) => !names.includes(program))
      .flat()
    const included = contents.filter((name) => changed.includes(name))
    if (included.length === 0) continue
    const names = included.map((name) => `\`${name}\``)
    const last = names.pop()
    const list = names.length > 0 ? `${names.join(', ')} and ${last}` : last
    const file = `bundled-in-${program.replace(/^.*\//, '')}.md`
    writeFileSync(
      join(root, '.changeset', file),
      `---\n'${program}': patch\n---\n\nIncludes the changes of ${list}.\n`,
    )
    programs.push(program)
  }
  return programs
}
