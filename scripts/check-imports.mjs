/**
 * Checks the directions of imports between packages, and that terms of the wire format are only in the
 * contract. Prints one line for each violation, `file:line: problem`, and fails on any.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isBundled, listPackages, ROOT } from './workspace.mjs'

const SCOPE = '@chatlayer-tables/'

/** The packages that the source of each package may import. A package missing here may import none. */
const MAY_IMPORT = {
  contract: [],
  core: ['contract'],
  emulator: ['contract'],
  local: [],
  files: ['contract', 'core', 'local'],
  // A mirror in a database is kept fresh by the rules of one in SQLite.
  sources: ['contract', 'core', 'files', 'local', 'mirror'],
  transfer: ['contract', 'core', 'files', 'local', 'mirror'],
  journal: ['contract', 'core', 'local'],
  mirror: ['contract', 'core', 'local'],
  // The second implementation of what journal, transfer and local keep on one machine.
  state: ['core', 'local', 'sources', 'journal', 'transfer'],
  report: ['contract', 'core'],
  views: ['core'],
  // `clt emulator` runs the emulator.
  cli: [
    'contract',
    'core',
    'files',
    'local',
    'sources',
    'transfer',
    'journal',
    'mirror',
    'report',
    'views',
    'state',
    'emulator',
  ],
  mcp: ['contract', 'core', 'files', 'local', 'transfer', 'journal', 'mirror', 'views', 'state'],
  examples: ['contract', 'core', 'files', 'transfer', 'journal', 'mirror', 'emulator'],
  docs: ['views'],
  bench: [
    'contract',
    'core',
    'local',
    'sources',
    'transfer',
    'journal',
    'mirror',
    'views',
    'state',
    'emulator',
  ],
}

/**
 * The other folders, or single files of them, that each folder of a package's source may import. Files
 * next to the folders may import all of them.
 *
 * @type {Record<string, Record<string, string[]>>}
 */
const MAY_IMPORT_FOLDERS = {
  transfer: {
    errors: [],
    export: ['errors'],
    rows: ['errors', 'export'],
    job: ['errors', 'input/spool.ts', 'rows'],
    input: [],
    compare: ['errors', 'input', 'rows'],
    import: ['errors', 'input', 'job', 'rows'],
    sync: ['compare', 'errors', 'input', 'job', 'rows'],
    // A restore is made of imports.
    backup: ['errors', 'import/index.ts', 'input/spool.ts', 'job', 'rows'],
  },
}

/** Packages whose tests may also use the emulator. */
const TESTED_WITH_EMULATOR = [
  'core',
  'sources',
  'transfer',
  'journal',
  'mirror',
  'state',
  'report',
  'cli',
  'mcp',
  'docs',
]

/** Packages whose tests may also start the PostgreSQL of `sources`. */
const TESTED_WITH_POSTGRES = ['mcp']

/** Modules of Node that open connections, and the files of core that import them. */
const NETWORK_MODULES = ['node:http', 'node:https', 'node:net', 'node:tls']
const NETWORK_FILES = ['src/send/connect.ts', 'src/send/node-transport.ts']

const WIRE_WORDS = [
  /['"`]\/?api\/v1/,
  /\bcolumn(?:Name|Type)\b/,
  /['"](?:INSERT|SELECT|UPDATE|DELETE)['"]/,
  /['"](?:authorization|retry-after|x-ratelimit-(?:limit|remaining|reset))['"]/i,
]

const COMMENT = /^\s*(?:\/\/|\/?\*)/
const SOURCE = /\.(?:ts|mts|mjs|js)$/
const SKIPPED = new Set([
  'node_modules',
  'dist',
  'dist-bundle',
  'test-results',
  'reports',
  'coverage',
])

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`, `require('x')`. */
const SPECIFIERS = [
  /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])(?<specifier>[^'"\n]+)\1/gm,
  /^[ \t]*import\s*(['"])(?<specifier>[^'"\n]+)\1/gm,
  /\b(?:import|require)\(\s*(['"])(?<specifier>[^'"\n]+)\1/g,
]

/**
 * @typedef {import('./workspace.mjs').Package} Package
 * @typedef {{ path: string, text: string, isTest: boolean, isBuild: boolean }} SourceFile
 *   `path` is relative to the package, with forward slashes
 */

/**
 * @param {string} [root] of a workspace
 * @returns {string[]} the violations, in the order of the files
 */
export function findViolations(root = ROOT) {
  const packages = listPackages(root)
  const byName = new Map(packages.map((found) => [found.manifest.name, found]))
  return packages.flatMap((owner) => {
    const files = readSources(owner)
    return [
      ...files.flatMap((file) => checkImports(owner, file, byName)),
      ...files.flatMap((file) => checkNetwork(owner, file)),
      ...files.flatMap((file) => checkLines(owner, file)),
    ]
  })
}

/**
 * @param {Package} owner
 * @param {SourceFile} file
 * @param {Map<string, Package>} byName
 */
function checkImports(owner, file, byName) {
  if (file.isBuild) return []
  return specifiersOf(file.text).flatMap(({ specifier, line }) => {
    const problem = specifier.startsWith('.')
      ? checkRelative(owner, file, specifier)
      : checkBare(owner, file, specifier, byName)
    return problem === undefined ? [] : [`${owner.folder}/${file.path}:${line}: ${problem}`]
  })
}

/**
 * @param {Package} owner
 * @param {SourceFile} file
 * @param {string} specifier
 */
function checkRelative(owner, file, specifier) {
  const target = new URL(specifier, pathToFileURL(join(owner.dir, file.path)))
  const base = `${pathToFileURL(owner.dir).href}/`
  if (!target.href.startsWith(base)) return `${specifier} leaves the package`
  const folders = MAY_IMPORT_FOLDERS[shortName(owner)]
  const [, from = ''] = /^src\/([^/]+)\//.exec(file.path) ?? []
  const path = /^src\/(.+)$/.exec(target.href.slice(base.length))?.[1]
  const to = path?.split('/')[0] ?? from
  if (folders?.[from] === undefined || path === undefined || file.isTest || from === to) {
    return undefined
  }
  const isAllowed = folders[from].includes(to) || folders[from].includes(path)
  return isAllowed ? undefined : `src/${from} must not import ${specifier}`
}

/**
 * @param {Package} owner
 * @param {SourceFile} file
 * @param {string} specifier
 * @param {Map<string, Package>} byName
 */
function checkBare(owner, file, specifier, byName) {
  if (isBuiltin(specifier)) return undefined
  const name = packageNameOf(specifier)
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = owner.manifest
  if (name !== owner.manifest.name) {
    const mayBeDev = file.isTest || isBundled(owner.manifest)
    const declared = { ...dependencies, ...peerDependencies, ...(mayBeDev && devDependencies) }
    if (!Object.hasOwn(declared, name)) {
      return `${name} is not among the ${mayBeDev ? '' : 'run-time '}dependencies of ${owner.folder}`
    }
  }
  const target = byName.get(name)
  if (target === undefined) return undefined
  const path = `.${specifier.slice(name.length)}`
  if (!Object.hasOwn(target.manifest.exports ?? {}, path)) {
    return `${specifier} is not a public entry of ${name}`
  }
  const from = shortName(owner)
  const to = shortName(target)
  if (from === to || allowed(from, file.isTest).includes(to)) return undefined
  return `${from} must not import ${to}${file.isTest ? ', not even in tests' : ''}`
}

/**
 * @param {string} from
 * @param {boolean} isTest
 * @returns {string[]}
 */
function allowed(from, isTest) {
  const own = /** @type {Record<string, string[]>} */ (MAY_IMPORT)[from] ?? []
  if (!isTest) return own
  return [
    ...own,
    ...(TESTED_WITH_EMULATOR.includes(from) ? ['emulator'] : []),
    ...(TESTED_WITH_POSTGRES.includes(from) ? ['sources'] : []),
  ]
}

/**
 * In core, all requests take one way.
 *
 * @param {Package} owner
 * @param {SourceFile} file
 */
function checkNetwork(owner, file) {
  if (shortName(owner) !== 'core' || file.isTest || NETWORK_FILES.includes(file.path)) return []
  return specifiersOf(file.text)
    .filter(({ specifier }) => NETWORK_MODULES.includes(specifier))
    .map(
      ({ specifier, line }) =>
        `${owner.folder}/${file.path}:${line}: in core, only ${NETWORK_FILES.join(' and ')} import ${specifier}`,
    )
}

/**
 * Folders that speak HTTP with others than the gateway, whose headers are not terms of its wire format:
 * a server of ours, and a client of any API.
 *
 * @type {Record<string, string>}
 */
const OTHER_HTTP = { mcp: 'src/http/', sources: 'src/http/' }

/**
 * @param {Package} owner
 * @param {string} path
 */
function isOtherHttp(owner, path) {
  const folder = OTHER_HTTP[shortName(owner)]
  return folder !== undefined && path.startsWith(folder)
}

/**
 * What the source of packages must not contain, comments aside. In a rule, `$&` is what was found.
 *
 * @type {{ pattern: RegExp, rule: string, isExempt: (owner: Package, path: string) => boolean }[]}
 */
const FORBIDDEN = [
  ...WIRE_WORDS.map((pattern) => ({
    pattern,
    rule: `$& is a term of the wire format; import it from ${SCOPE}contract`,
    isExempt: (/** @type {Package} */ owner, /** @type {string} */ path) =>
      shortName(owner) === 'contract' || isOtherHttp(owner, path),
  })),
  {
    pattern: /\bprocess\.exit(?:Code)?\b/,
    rule: 'only src/bin.ts ends the process',
    isExempt: (_, path) => path === 'src/bin.ts',
  },
  {
    // What a user does next depends on the app.
    pattern: /\bclt\b/,
    rule: 'only apps name commands of clt',
    isExempt: (owner) => !owner.folder.startsWith('packages/'),
  },
  {
    pattern: /(?<=[\s(])\?\d\b/,
    rule: 'node:sqlite of Node 22 does not bind $&; repeat the value for a plain ?',
    isExempt: () => false,
  },
]

/**
 * @param {Package} owner
 * @param {SourceFile} file
 */
function checkLines(owner, { path, text, isTest }) {
  if (isTest || !path.startsWith('src/')) return []
  const rules = FORBIDDEN.filter(({ isExempt }) => !isExempt(owner, path))
  return text.split('\n').flatMap((line, index) => {
    if (COMMENT.test(line)) return []
    return rules.flatMap(({ pattern, rule }) => {
      const found = pattern.exec(line)?.[0]
      if (found === undefined) return []
      return [`${owner.folder}/${path}:${index + 1}: ${rule.replace('$&', () => found)}`]
    })
  })
}

/**
 * @param {Package} owner
 * @returns {SourceFile[]}
 */
function readSources({ dir }) {
  return filesBelow(dir)
    .filter((path) => SOURCE.test(path))
    .map((path) => ({
      path,
      text: readFileSync(join(dir, path), 'utf8'),
      isTest: /\.test\.\w+$/.test(path) || path.startsWith('test/'),
      // Files at the top of a package build it and are not part of it.
      isBuild: !path.includes('/') && /\.mjs$|\.config\.\w+$/.test(path),
    }))
}

/**
 * @param {string} dir
 * @param {string} [below]
 * @returns {string[]}
 */
function filesBelow(dir, below = '') {
  return readdirSync(join(dir, below), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.has(name) && !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      return entry.isDirectory() ? filesBelow(dir, path) : [path]
    })
}

/**
 * @param {string} text
 * @returns {{ specifier: string, line: number }[]}
 */
function specifiersOf(text) {
  return SPECIFIERS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      specifier: match.groups?.specifier ?? '',
      line: text.slice(0, match.index + match[0].length).split('\n').length,
    })),
  )
}

/** `@scope/name/path` -> `@scope/name`. @param {string} specifier */
function packageNameOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** @param {Package} found */
function shortName({ manifest }) {
  return manifest.name.slice(SCOPE.length)
}

if (import.meta.main) {
  const violations = findViolations()
  for (const violation of violations) console.error(violation)
  if (violations.length > 0) process.exitCode = 1
}
