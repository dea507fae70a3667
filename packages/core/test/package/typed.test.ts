/**
 * What a schema gives to a project that has installed the package: mistakes found by each supported
 * TypeScript, completion, and short hovers.
 */
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LanguageServer, startLanguageServer } from './language-server.ts'
import { createProject, type Project } from './project.ts'

const CORE = fileURLToPath(new URL('../../', import.meta.url))
const FIXTURES = ['leads.ts', 'right.ts', 'wrong.ts']
const OPTIONS = {
  module: 'nodenext',
  target: 'es2022',
  strict: true,
  noEmit: true,
  types: ['node'],
  skipLibCheck: true,
  allowImportingTsExtensions: true,
}

/** The five mistakes, and what a developer reads about each. */
const MISTAKES = `import { leads } from './leads.ts'
leads.records({ where: { emial: 'a' } })
leads.records({ sort: 'scor' })
leads.upsert([], { key: 'emial' })
leads.records({ where: { score: { gt: 'abc' } } })
leads.records({ where: { score: { gtt: 1 } } })
`

const EDITED = `import { leads } from './leads.ts'
leads.count({ /*where*/ })
leads.count({ /*column*/score: { /*int*/ } })
leads.count({ name: { /*text*/ }, /*time*/opened: { /*date*/ }, tags: { /*json*/ } })
leads.count({ or: [{ /*nested*/ }], /*enum*/status: '/*value*/' })
leads./*records*/records({ /*sorted*/sort: '/*sort*/', select: ['/*select*/'] })
leads.upsert([], { /*keyed*/key: '/*key*/' })
leads./*update*/update({}, { /*set*/ })
leads./*insert*/insert({ /*row*/ })
leads.preview.delete({ /*preview*/ })
`

const COMPARISONS = ['eq', 'ne', 'in', 'nin', 'isNull']
const ORDER = [...COMPARISONS, 'gt', 'gte', 'lt', 'lte']
const TEXT = [
  ...ORDER,
  ...['contains', 'startsWith', 'endsWith', 'icontains', 'istartsWith', 'iendsWith', 'ieq'],
]
const COLUMNS = [
  ...['name', 'email', 'status', 'stage', 'score', 'views', 'spent', 'paid', 'vip'],
  ...['opened', 'seen', 'owner', 'address', 'tags', 'extra'],
]
const FIELDS = ['id', 'createdAt', 'updatedAt']
const CONDITION = [...COLUMNS, '"\\"id\\""', '"\\"or\\""', ...FIELDS, 'and', 'or', 'not']

let project: Project
let server: LanguageServer

beforeAll(async () => {
  project = await createProject({})
  const folder = join(project.folder, 'typed')
  await mkdir(folder)
  for (const file of FIXTURES) await cp(join(CORE, 'test/types', file), join(folder, file))
  await project.write('typed/package.json', '{"type":"module"}')
  await project.write('typed/mistakes.ts', MISTAKES)
  await project.write('typed/edited.ts', EDITED)
  await configure('tsconfig.json', {})
  await configure('exact.json', { exactOptionalPropertyTypes: true })
  server = await startLanguageServer(compiler('typescript'), folder, {
    file: 'edited.ts',
    text: EDITED,
  })
})

afterAll(async () => {
  await server?.close()
  await project?.remove()
})

function configure(file: string, more: object): Promise<void> {
  const config = { compilerOptions: { ...OPTIONS, ...more }, files: FIXTURES }
  return project.write(`typed/${file}`, JSON.stringify(config))
}

function compiler(name: string): string {
  return join(CORE, 'node_modules', name, 'bin/tsc')
}

test.each(['typescript', 'typescript-6', 'typescript-5'])(
  '%s accepts what is right and finds each mistake',
  async (name) => {
    const configs = name === 'typescript' ? ['tsconfig.json', 'exact.json'] : ['exact.json']
    for (const config of configs) await project.run(compiler(name), ['-p', `typed/${config}`])
  },
)

test('a mistake is reported where it is, with the name that was meant', async () => {
  const flags = ['--module', 'nodenext', '--allowImportingTsExtensions', '--strict', '--noEmit']
  const args = [
    ...flags,
    '--skipLibCheck',
    '--types',
    'node',
    '--ignoreConfig',
    'typed/mistakes.ts',
  ]
  const output = await project.run(compiler('typescript'), args).catch(String)
  const errors = String(output)
    .split('\n')
    .filter((line) => line.includes('error TS'))
  expect(errors).toEqual([
    expect.stringMatching(/\(2,26\).*'emial' does not exist.*Did you mean to write 'email'\?$/),
    expect.stringMatching(/\(3,17\).*"scor".*Did you mean '"score"'\?$/),
    expect.stringMatching(/\(4,20\).*"emial".*Did you mean '"email"'\?$/),
    expect.stringMatching(/\(5,35\).*'"abc"' is not assignable to type 'NumberValue/),
    expect.stringMatching(/\(6,35\).*'gtt' does not exist in type 'OrderComparison<NumberValue/),
  ])
})

test.each([
  ['where', CONDITION],
  ['nested', CONDITION],
  ['preview', CONDITION],
  ['int', ORDER],
  ['text', TEXT],
  ['date', ORDER],
  ['json', COMPARISONS],
  ['value', ['new', 'old']],
  ['sort', [...COLUMNS.filter(isOrdered), '\\"id\\"', 'or', ...FIELDS]],
  ['select', [...COLUMNS, '\\"id\\"', 'or']],
  ['key', [...COLUMNS, 'id', 'or']],
  ['set', [...COLUMNS, 'id', 'or']],
  ['row', [...COLUMNS, 'id', 'or']],
])('completion in %s', async (place, expected) => {
  const offered = await server.completions(`/*${place}*/`)
  expect([...offered].sort()).toEqual([...expected].sort())
})

function isOrdered(column: string): boolean {
  return column !== 'address' && column !== 'tags'
}

test.each([
  ['column', /^\(property\) score\?: NumberCondition \| undefined$/m],
  ['time', /^\(property\) opened\?: TimeCondition \| undefined$/m],
  ['enum', /^\(property\) status\?: TextCondition<"new" \| "old"> \| undefined$/m],
  ['keyed', /^\(property\) UpsertOneOptions<"address" \| "email"/],
  ['sorted', /sort\?: readonly Sort<.*"email"/],
  ['records', /RecordQuery</],
  ['update', /set: Partial</],
  ['insert', /status\?: "new" \| "old" \| undefined/],
])('the hover of %s is short', async (place, expected) => {
  const text = await server.hover(`/*${place}*/`)
  expect(text).toMatch(expected)
  expect(text.length).toBeLessThan(1_500)
  // The text of a conditional type, or of how a name was found.
  expect(text).not.toMatch(/ extends |keyof|infer /)
})
