/**
 * The `prepack` script of every published package: stops `npm pack` and `pnpm publish` of the package in
 * the current folder when it is not built, or when its changelog does not have its version.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isBundled, readManifest } from '../workspace.mjs'

const folder = process.cwd()
const manifest = readManifest(folder)
const problems = [...checkBuild(), ...checkChangelog()]
if (problems.length > 0) {
  for (const problem of problems) console.error(`${manifest.name}: ${problem}`)
  process.exitCode = 1
}

/** @returns {string[]} */
function checkBuild() {
  const missing = [...targets(), ...modules()].filter((file) => !existsSync(join(folder, file)))
  if (missing.length > 0) {
    const others = missing.length > 1 ? ` (and ${missing.length - 1} more)` : ''
    return [`not built: ${missing[0]} is missing${others}. Run: npm run build`]
  }
  return checkBuiltVersion()
}

/** The files that the manifest names. @returns {string[]} */
function targets() {
  const { bin, exports, man, publishConfig } = manifest
  return [bin, publishConfig?.exports ?? exports, man].flatMap(strings)
}

/** The modules that `tsc` writes, one for each module of the source that its settings include. */
function modules() {
  if (isBundled(manifest)) return []
  const { exclude = [] } = JSON.parse(readFileSync(join(folder, 'tsconfig.build.json'), 'utf8'))
  return readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(?:test|d)\.ts$/.test(file))
    .filter((file) =>
      exclude.every((/** @type {string} */ one) => !`src/${file}`.startsWith(`${one}/`)),
    )
    .map((file) => join('dist', file.replace(/ts$/, 'js')))
}

/** A bundled program contains the version that its manifest had when it was built. */
function checkBuiltVersion() {
  if (!isBundled(manifest)) return []
  const [bin] = strings(manifest.bin)
  const { stdout } = spawnSync(process.execPath, [join(folder, bin ?? ''), '--version'], {
    encoding: 'utf8',
  })
  const built = stdout.trim()
  return built === manifest.version
    ? []
    : [`version ${built} is built, package.json has ${manifest.version}. Run: npm run build`]
}

/** @returns {string[]} */
function checkChangelog() {
  const file = join(folder, 'CHANGELOG.md')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return text.includes(`\n## ${manifest.version}\n`)
    ? []
    : [`CHANGELOG.md has no entry for ${manifest.version}. Run: npm run release:version`]
}

/**
 * All strings in a value of a manifest.
 *
 * @param {unknown} value
 * @returns {string[]}
 */
function strings(value) {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : []
}
