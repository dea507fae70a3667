/**
 * Time to type-check a project with 20 typed tables of 15 columns, with queries and writes on each,
 * against the declarations that the packed client contains; and of the same project without schemas, in turns.
 *
 *     node bench/typecheck.ts [--rounds 5]
 *
 * Exits with 1 if it takes 2 s or more of processor time, that of all threads together: more than
 * what a developer waits on an idle machine, and little affected by other load.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })

const TABLES = 20
const MAX_SECONDS = 2
const PACKAGES = fileURLToPath(new URL('../packages', import.meta.url))
const CORE = join(PACKAGES, 'core')
const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)

const SCHEMA = `z.object({
  name: z.string().min(1),
  email: z.email().nullable(),
  phone: z.string().nullable(),
  status: z.enum(['new', 'open', 'done']).default('new'),
  source: z.union([z.literal('web'), z.literal('bot')]).nullable(),
  score: z.int(),
  visits: z.union([z.int(), z.bigint()]).nullable().default(null),
  spent: numeric.nullable(),
  vip: z.boolean().default(false),
  opened: instant.nullable(),
  seen: z.iso.datetime({ offset: true }).nullable(),
  owner: z.guid().nullable(),
  address: z.object({ street: z.string(), city: z.string() }).nullable(),
  tags: z.array(z.string()),
  note: z.string().optional(),
})`

const HEAD = [
  "import { createClient } from '@chatlayer-tables/core'",
  "import { z } from 'zod'",
  "const client = createClient({ token: 'user:password', region: 'eu', teamId: 't', botId: 'b' })",
  '',
].join('\n')
const FORMATS = `const numeric = z.stringFormat('numeric', /^-?[0-9.]+$/)
const instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})
`

/** Queries and writes of one table; the values fit the columns with and without a schema. */
const USES = `
export async function use() {
  const row = {
    name: 'Ada', email: null, phone: null, source: 'web' as const, score: 1, spent: '12.50',
    opened: null, seen: null, owner: null, address: null, tags: ['a'],
  }
  await table.insert(row)
  await table.insertMany([row, { ...row, status: 'open' as const }], { key: 'email' })
  await table.upsert([row], { key: ['email', 'name'] })
  await table.preview.upsert([row], { key: 'email' })
  await table.update({ status: 'new', score: { lt: 5 } }, { score: 6 })
  await table.updateMany([{ id: 'x', set: { vip: true } }])
  await table.delete({ or: [{ vip: true }, { not: { opened: { gt: new Date() } } }] })
  await table.count({ seen: { gte: new Date(0) }, name: { startsWith: 'A' } })
  const few = table.records({
    where: { tags: { eq: ['a'] }, owner: null, visits: { in: [1, 2n] } },
    select: ['name', 'score'],
    sort: ['score', { column: 'name', direction: 'desc' }],
    limit: 5,
  })
  for await (const { id, values } of few) console.log(id, values.name, values.score)
  const first = await table.records({ where: { email: { contains: '@' } } }).first()
  return [first?.values.opened, (await table.get('x'))?.values.note]
}
`

interface Seconds {
  readonly processor: number
  readonly waited: number
}

const NEVER: Seconds = { processor: Number.POSITIVE_INFINITY, waited: Number.POSITIVE_INFINITY }

const folder = mkdtempSync(join(tmpdir(), 'typecheck-'))
try {
  install()
  const [typed, plain] = [writeProject('typed', true), writeProject('plain', false)]
  const best = { typed: NEVER, plain: NEVER }
  for (let round = 0; round < Number(flags.rounds); round++) {
    best.plain = quicker(best.plain, check(plain))
    best.typed = quicker(best.typed, check(typed))
  }
  report(best.typed, best.plain)
} finally {
  rmSync(folder, { recursive: true })
}

/** The declarations that the packages contain, and their dependencies from this workspace. */
function install(): void {
  const modules = join(folder, 'node_modules')
  for (const name of ['contract', 'core']) {
    const target = join(modules, '@chatlayer-tables', name)
    mkdirSync(target, { recursive: true })
    cpSync(join(PACKAGES, name, 'package.json'), join(target, 'package.json'))
    cpSync(join(PACKAGES, name, 'dist'), join(target, 'dist'), { recursive: true, filter })
  }
  mkdirSync(join(modules, '@types'))
  for (const name of ['zod', '@types/node']) {
    symlinkSync(join(CORE, 'node_modules', name), join(modules, name))
  }
}

function filter(path: string): boolean {
  return !/\.(?:js|map)$/.test(path)
}

function writeProject(name: string, isTyped: boolean): string {
  const project = join(folder, name)
  mkdirSync(project)
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2024', strict: true, noEmit: true },
    ...{ exactOptionalPropertyTypes: true, skipLibCheck: true, types: ['node'] },
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  for (let n = 1; n <= TABLES; n++) {
    const schema = isTyped ? `${FORMATS}const schema = ${SCHEMA}\n` : ''
    const table = `const table = client.table('table ${n}'${isTyped ? ', schema' : ''})\n`
    writeFileSync(join(project, `table-${n}.ts`), HEAD + schema + table + USES)
  }
  return project
}

function check(project: string): Seconds {
  const start = performance.now()
  // The shell's `times` reports the processor time of its children in its second line.
  const command = [process.execPath, TSC, '-p', project]
  const output = execFileSync('sh', ['-c', '"$@" && times', 'sh', ...command], { encoding: 'utf8' })
  const waited = (performance.now() - start) / 1_000
  const [user, system] = (output.trim().split('\n').at(-1) ?? '').split(' ').map(secondsOf)
  return { processor: (user ?? Number.NaN) + (system ?? Number.NaN), waited }
}

/** Reads `1m2.3s`. */
function secondsOf(text: string): number {
  const [minutes, seconds] = text.replace(/s$/, '').split('m')
  return Number(minutes) * 60 + Number(seconds)
}

function quicker(a: Seconds, b: Seconds): Seconds {
  return {
    processor: Math.min(a.processor, b.processor),
    waited: Math.min(a.waited, b.waited),
  }
}

function report(typed: Seconds, plain: Seconds): void {
  console.log(
    `type-checking ${TABLES} tables of 15 columns, quickest of ${flags.rounds} rounds, in s`,
  )
  console.log('                   processor  waited')
  console.log(`  without schemas  ${line(plain)}`)
  console.log(`  with schemas     ${line(typed)}`)
  console.log(`  times            ${(typed.processor / plain.processor).toFixed(2).padStart(9)}`)
  const isQuick = typed.processor < MAX_SECONDS
  console.log(
    isQuick ? `below ${MAX_SECONDS} s` : `MISSED: it must take less than ${MAX_SECONDS} s`,
  )
  if (!isQuick) process.exitCode = 1
}

function line({ processor, waited }: Seconds): string {
  return `${processor.toFixed(2).padStart(9)}${waited.toFixed(2).padStart(8)}`
}
