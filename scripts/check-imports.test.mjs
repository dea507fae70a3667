import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findViolations } from './check-imports.mjs'

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'check-imports-'))
  addPackage('packages/contract', {})
  addPackage('packages/core', {
    dependencies: ['contract', 'zod'],
    devDependencies: ['emulator', 'vitest'],
  })
  addPackage('packages/emulator', { dependencies: ['contract'], devDependencies: ['core'] })
  addPackage('packages/files', { dependencies: ['core'] })
  addPackage('packages/transfer', { dependencies: ['core'], devDependencies: ['emulator'] })
  addPackage('apps/cli', { dependencies: ['core', 'emulator', 'mcp'] })
  addPackage('apps/mcp', { dependencies: ['core', 'emulator'] })
})

afterEach(() => rmSync(root, { recursive: true }))

/**
 * @param {string} folder
 * @param {{ dependencies?: string[], devDependencies?: string[] }} options short names of ours,
 *   or others' names
 */
function addPackage(folder, { dependencies = [], devDependencies = [] }) {
  const manifest = {
    name: ours(folder.split('/').at(-1) ?? ''),
    exports: { '.': './dist/index.js' },
    dependencies: Object.fromEntries(dependencies.map((name) => [qualify(name), '*'])),
    devDependencies: Object.fromEntries(devDependencies.map((name) => [qualify(name), '*'])),
  }
  write(`${folder}/package.json`, JSON.stringify(manifest))
}

/** @param {string} name */
function ours(name) {
  return `@chatlayer-tables/${name}`
}

/** @param {string} name */
function qualify(name) {
  return ['zod', 'vitest'].includes(name) ? name : ours(name)
}

/**
 * @param {string} path
 * @param {string} text
 */
function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** @param {Record<string, string>} files */
function violationsOf(files) {
  for (const [path, text] of Object.entries(files)) write(path, text)
  return findViolations(root)
}

describe('what the design allows', () => {
  it('finds nothing', () => {
    expect(
      violationsOf({
        'packages/contract/src/index.ts': "export { x } from './x.ts'\n",
        'packages/contract/src/x.ts': "export const x = { columnName: 'INSERT' }\n",
        'packages/core/src/index.ts': "import { x } from '@chatlayer-tables/contract'\n",
        'packages/core/src/wire.ts': "import * as z from 'zod'\nimport 'node:fs'\n",
        'packages/core/test/a.test.ts': [
          "import { it } from 'vitest'",
          "import { startEmulator } from '@chatlayer-tables/emulator'",
          "import { x } from '../src/index.ts'",
          "const body = { columnName: 'id' }",
        ].join('\n'),
        'packages/core/test/helper.ts': "import * as z from 'zod'\n",
        'packages/core/vitest.config.ts': "export { default } from '../../vitest.shared.ts'\n",
        'packages/transfer/src/index.ts': "import { c } from '@chatlayer-tables/core'\n",
        'apps/cli/src/bin.ts': "const e = await import('@chatlayer-tables/emulator')\n",
      }),
    ).toEqual([])
  })
})

describe('directions', () => {
  it.each([
    ['core must not import emulator', 'packages/core/src/a.ts', 'emulator'],
    ['emulator must not import core', 'packages/emulator/src/a.ts', 'core'],
    ['emulator must not import core, not even in tests', 'packages/emulator/test/a.ts', 'core'],
    ['core must not import files', 'packages/core/src/a.ts', 'files'],
    ['files must not import transfer', 'packages/files/src/a.ts', 'transfer'],
    ['transfer must not import emulator', 'packages/transfer/src/a.ts', 'emulator'],
    ['cli must not import mcp', 'apps/cli/src/a.ts', 'mcp'],
    ['mcp must not import emulator', 'apps/mcp/src/a.ts', 'emulator'],
  ])('%s', (problem, path, imported) => {
    addPackage('packages/core', { dependencies: ['emulator', 'files'] })
    addPackage('packages/files', { dependencies: ['transfer'] })
    addPackage('packages/transfer', { dependencies: ['emulator'] })
    addPackage('packages/emulator', { dependencies: ['core'] })
    expect(violationsOf({ [path]: `import { x } from '${ours(imported)}'\n` })).toEqual([
      `${path}:1: ${problem}`,
    ])
  })

  it.each([
    ['a type', (/** @type {string} */ name) => `import type { X } from '${name}'`],
    ['several lines', (/** @type {string} */ name) => `import {\n  a,\n  b,\n} from '${name}'`],
    ['a re-export', (/** @type {string} */ name) => `export { a } from '${name}'`],
    ['an effect', (/** @type {string} */ name) => `import '${name}'`],
    ['a dynamic import', (/** @type {string} */ name) => `const a = await import('${name}')`],
    ['a type of an import', (/** @type {string} */ name) => `type A = import('${name}').A`],
    ['double quotes', (/** @type {string} */ name) => `import { a } from "${name}"`],
    ['require', (/** @type {string} */ name) => `const a = require('${name}')`],
  ])('sees %s', (_, statement) => {
    const path = 'apps/mcp/src/a.ts'
    const found = violationsOf({ [path]: `const first = 1\n${statement(ours('emulator'))}\n` })
    expect(found).toEqual([expect.stringContaining('mcp must not import emulator')])
  })

  it('gives the line of each import in a file', () => {
    const text = `import { a } from 'node:fs'\n\nimport {\n  x,\n} from '${ours('emulator')}'\n`
    expect(violationsOf({ 'apps/mcp/src/a.ts': text })).toEqual([
      expect.stringContaining('apps/mcp/src/a.ts:5: '),
    ])
  })
})

describe('folders of a package', () => {
  it('holds their directions, and the one file that a folder may use of another', () => {
    expect(
      violationsOf({
        'packages/transfer/src/job/a.ts': "import { x } from '../import/x.ts'\n",
        'packages/transfer/src/backup/a.ts':
          "import { x } from '../import/index.ts'\nimport { y } from '../import/y.ts'\n",
        'packages/transfer/src/import/a.ts': "import { x } from '../job/x.ts'\n",
        'packages/transfer/src/kinds.ts': "import { x } from './import/x.ts'\n",
      }),
    ).toEqual([
      'packages/transfer/src/backup/a.ts:2: src/backup must not import ../import/y.ts',
      'packages/transfer/src/job/a.ts:1: src/job must not import ../import/x.ts',
    ])
  })
})

describe('public faces', () => {
  it('rejects a relative path out of the package', () => {
    expect(
      violationsOf({ 'packages/core/src/a.ts': "import { x } from '../../contract/src/x.ts'\n" }),
    ).toEqual(['packages/core/src/a.ts:1: ../../contract/src/x.ts leaves the package'])
  })

  it('rejects a sibling whose name starts with that of the package', () => {
    expect(
      violationsOf({ 'packages/core/src/a.ts': "import { x } from '../../core-two/x.ts'\n" }),
    ).toHaveLength(1)
  })

  it.each(['src/x.ts', 'dist/index.js'])('rejects %s of another package', (path) => {
    const text = `import { x } from '@chatlayer-tables/contract/${path}'\n`
    expect(violationsOf({ 'packages/core/src/a.ts': text })).toEqual([
      `packages/core/src/a.ts:1: @chatlayer-tables/contract/${path} is not a public entry of @chatlayer-tables/contract`,
    ])
  })
})

describe('declared dependencies', () => {
  it('rejects a dependency that is not in package.json', () => {
    expect(violationsOf({ 'packages/transfer/test/a.ts': "import x from 'left-pad'\n" })).toEqual([
      'packages/transfer/test/a.ts:1: left-pad is not among the dependencies of packages/transfer',
    ])
  })

  it('rejects a devDependency in the source', () => {
    expect(violationsOf({ 'packages/core/src/a.ts': "import { it } from 'vitest'\n" })).toEqual([
      'packages/core/src/a.ts:1: vitest is not among the run-time dependencies of packages/core',
    ])
  })
})

it('lets two files of core open connections', () => {
  expect(
    violationsOf({
      'packages/core/src/send/connect.ts': "import { connect } from 'node:net'\n",
      'packages/core/src/send/node-transport.ts': "import { request } from 'node:https'\n",
      'packages/core/test/a.ts': "import { createServer } from 'node:http'\n",
      'packages/core/src/a.ts': "\nimport type { Agent } from 'node:http'\n",
    }),
  ).toEqual([
    'packages/core/src/a.ts:2: in core, only src/send/connect.ts and src/send/node-transport.ts import node:http',
  ])
})

it.each([
  ["const path = '/api/v1/teams'", "'/api/v1"],
  ['const path = `api/v1/teams`', '`api/v1'],
  ["const filter = { columnName: 'id' }", 'columnName'],
  ['const { columnType } = filter', 'columnType'],
  ["const action = { type: 'INSERT' }", "'INSERT'"],
  ["headers.get('Retry-After')", "'Retry-After'"],
  ["headers['x-ratelimit-reset']", "'x-ratelimit-reset'"],
])('keeps terms of the wire format in the contract: %s', (line, word) => {
  expect(violationsOf({ 'packages/core/src/a.ts': `// first\n${line}\n` })).toEqual([
    `packages/core/src/a.ts:2: ${word} is a term of the wire format; import it from @chatlayer-tables/contract`,
  ])
})

it('lets a client of other APIs name headers that the wire format has too', () => {
  addPackage('packages/sources', {})
  const text = "headers['retry-after']\n"
  expect(violationsOf({ 'packages/sources/src/http/a.ts': text })).toEqual([])
  expect(violationsOf({ 'packages/sources/src/a.ts': text })).toHaveLength(1)
})

it('lets comments name terms of the wire format', () => {
  const text = ['/**', " * Fills `columnName` below '/api/v1'.", ' */', "// 'INSERT'", ''].join(
    '\n',
  )
  expect(violationsOf({ 'packages/core/src/a.ts': text })).toEqual([])
})

it('lets only apps name commands of clt', () => {
  expect(
    violationsOf({
      'packages/core/src/a.ts': "// clt jobs list\nconst hint = 'Run: clt jobs list'",
      'apps/cli/src/hints.ts': "const hint = 'Run: clt jobs list'",
    }),
  ).toEqual(['packages/core/src/a.ts:2: only apps name commands of clt'])
})

it('rejects numbered parameters in SQL', () => {
  const text = "prepare('SELECT a FROM b WHERE c = ?1')\nprepare('c = ?')"
  expect(violationsOf({ 'packages/core/src/a.ts': text })).toEqual([
    'packages/core/src/a.ts:1: node:sqlite of Node 22 does not bind ?1; repeat the value for a plain ?',
  ])
})

it('lets only bin.ts end the process', () => {
  expect(
    violationsOf({
      'apps/cli/src/bin.ts': 'process.exitCode = 1',
      'apps/cli/src/main.ts': '// process.exit\nprocess.exit(1)',
      'apps/cli/test/a.test.ts': 'process.exitCode = 1',
    }),
  ).toEqual(['apps/cli/src/main.ts:2: only src/bin.ts ends the process'])
})
