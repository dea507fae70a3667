/**
 * Writes what follows from versions and from `project.json`: core's VERSION, and the metadata and the
 * README links of every published package. With `--check` it writes nothing and fails when a file differs.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listPackages, ROOT } from '../workspace.mjs'
import { findMissing, VERSION_FILE, withLinks, withMetadata } from './metadata.mjs'

/** @type {import('./metadata.mjs').Project} */
const project = JSON.parse(readFileSync(join(ROOT, 'project.json'), 'utf8'))
const isStarted = Object.values(project).some((value) => value !== '')
const problems = isStarted ? findMissing(project) : []

/** @param {string} path */
const isFolder = (path) => existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isDirectory()

/** @type {Map<string, string>} */
const files = new Map()
for (const { folder, manifest } of listPackages()) {
  if (manifest.private) continue
  const readme = readFileSync(join(ROOT, folder, 'README.md'), 'utf8')
  files.set(`${folder}/README.md`, withLinks(readme, { folder, manifest }, project, isFolder))
  const written = JSON.stringify(withMetadata(manifest, folder, project), null, 2)
  files.set(`${folder}/package.json`, `${written}\n`)
  if (VERSION_FILE.startsWith(`${folder}/`))
    files.set(VERSION_FILE, versionModule(manifest.version))
}
for (const [name, text] of files) {
  const file = join(ROOT, name)
  if (readFileSync(file, 'utf8') === text) continue
  if (process.argv.includes('--check'))
    problems.push(`${name} is not up to date. Run: npm run docs`)
  else writeFileSync(file, text)
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

/** @param {string} version */
function versionModule(version) {
  return `/** The version in package.json. Written by scripts/release/generate.mjs. */
export const VERSION = '${version}'
`
}
