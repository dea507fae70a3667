/**
 * The clock of this machine is set between a kill and the resume, and while a job runs. Equal records
 * are in the table before; some responses never arrive.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Result, reportOf, run, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS: readonly (readonly [string, number])[] = [
  ['a minute', MINUTE],
  ['an hour', HOUR],
  ['a day', DAY],
  ['a year', 365 * DAY],
].flatMap(([name, ms]) => [
  [`back by ${name}`, -Number(ms)],
  [`forward by ${name}`, Number(ms)],
])

/**
 * Core's tests of the clock take each step. Here each size is taken once, in one direction, and a day
 * represents all where the rule is the same, unless `CLOCK_STEPS=all` asks for them.
 */
const ALL = process.env.CLOCK_STEPS === 'all'
const SIZES = STEPS.filter((_, n) => ALL || [0, 3, 4, 7].includes(n))
const DAYS = STEPS.filter(([name]) => ALL || name.includes('day'))

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
]
const PRELOAD = new URL('./clock-shift.mjs', import.meta.url).href

/** Added to the clock of the gateway, to create older records. */
let gatewayShift = 0

const {
  emulator,
  env: connection,
  folder,
} = await useEmulator({
  tables: ['stores', 'copy'].map((name) => ({ name, columns: COLUMNS })),
  clock: () => new Date(Date.now() + gatewayShift),
})
const env = {
  ...connection,
  NODE_OPTIONS: `--import ${PRELOAD}`,
  CLOCK_SHIFT_FILE: join(folder, 'shift'),
}

beforeEach(() => setClock(0))

function setClock(ms: number): Promise<void> {
  return writeFile(join(folder, 'shift'), String(ms))
}

/** Distinct rows, and equal ones among them. */
const ROWS = Array.from({ length: 100 }, (_, n) => (n % 5 === 3 ? 'twin,same' : `c${n},name ${n}`))

async function fileOf(rows: readonly string[]): Promise<string> {
  const file = join(folder, 'stores.csv')
  await writeFile(file, `code,name\n${rows.join('\n')}\n`)
  return file
}

/** Records that are a day old, some of them equal to rows of the file. */
function putOld(table = 'stores', count = 20): void {
  gatewayShift = -DAY
  emulator.tables.insert(
    table,
    ROWS.slice(0, count).map((row) => {
      const [code = '', name = ''] = row.split(',')
      return { code, name }
    }),
  )
  gatewayShift = 0
}

function held(table = 'stores', version: 'DRAFT' | 'LIVE' = 'DRAFT'): string[] {
  return emulator.tables
    .records(table, version)
    .map(({ values }) => `${values.code},${values.name}`)
    .toSorted()
}

/** Some inserts are written and their responses cut off; all are slow enough to be interrupted. */
function loseResponses(): void {
  emulator.faults.set([
    { kind: 'latency', when: 'before', ms: 4 },
    { kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] },
    { kind: 'reset', when: 'after', rate: 0.1, actions: ['INSERT'] },
  ])
}

/** Kills the command once the table holds this many records, sets the clock, and resumes the job. */
async function killAndResume(
  args: readonly string[],
  until: () => boolean,
  step: number,
): Promise<Result> {
  const { child, result } = start(args, env)
  while (!until() && child.exitCode === null) await sleep(3)
  child.kill('SIGKILL')
  expect((await result).code).toBeNull()
  await setClock(step)
  return await run(['jobs', 'resume', '--yes', '--json', '-q'], env)
}

/** How many records there are more or fewer than expected. */
function deviation(found: readonly string[], expected: readonly string[]): number {
  const balance = new Map<string, number>()
  for (const row of found) balance.set(row, (balance.get(row) ?? 0) + 1)
  for (const row of expected) balance.set(row, (balance.get(row) ?? 0) - 1)
  return [...balance.values()].reduce((sum, count) => sum + Math.abs(count), 0)
}

/** A row may be left unknown if equal records existed before; nothing else may differ. */
function expectExact({ code, stdout, stderr }: Result, wrong: number): void {
  const { unknown } = reportOf(stdout)
  expect(wrong, stderr).toBeLessThanOrEqual(unknown)
  expect(code, stderr).toBe(unknown > 0 ? 7 : 0)
  expect(unknown).toBeLessThan(5)
}

describe.each(SIZES)('the clock is set %s after a kill', (_, step) => {
  it('an import of new rows neither loses nor duplicates any', { timeout: 60_000 }, async () => {
    putOld()
    const file = await fileOf(ROWS)
    loseResponses()
    const isHalf = () => emulator.tables.count('stores') >= 20 + 45
    const result = await killAndResume(['import', 'stores', file, '-q'], isHalf, step)
    const expected = [...ROWS.slice(0, 20), ...ROWS]
    expectExact(result, deviation(held(), expected))
  })
})

describe.each(DAYS)('the clock is set %s', (_, step) => {
  it('while an import runs: none is lost or duplicated', { timeout: 60_000 }, async () => {
    putOld()
    const file = await fileOf(ROWS)
    loseResponses()
    const { result } = start(['import', 'stores', file, '--json', '-q'], env)
    while (emulator.tables.count('stores') < 50) await sleep(3)
    await setClock(step)
    while (emulator.tables.count('stores') < 90) await sleep(3)
    await setClock(-step)
    expectExact(await result, deviation(held(), [...ROWS.slice(0, 20), ...ROWS]))
  })

  it('after an upsert was killed: each key exists once', { timeout: 60_000 }, async () => {
    const rows = ROWS.map((row, n) => (row.startsWith('twin') ? `t${n},same` : row))
    emulator.tables.insert('stores', [{ code: 'c0', name: 'old' }])
    const file = await fileOf(rows)
    loseResponses()
    const args = ['import', 'stores', file, '--mode', 'upsert', '--key', 'code', '-q']
    const isHalf = () => emulator.tables.count('stores') >= 45
    const result = await killAndResume(args, isHalf, step)
    expect(result).toMatchObject({ code: 0 })
    expect(held()).toEqual(rows.toSorted())
  })

  it('after a sync was killed: both sides are equal', { timeout: 60_000 }, async () => {
    emulator.tables.insert(
      'stores',
      ROWS.map((row) => ({ code: row.split(',')[0], name: row.split(',')[1] })),
    )
    gatewayShift = -DAY
    emulator.tables.insert('stores', [{ code: 'twin', name: 'same' }, { code: 'x' }], 'LIVE')
    gatewayShift = 0
    loseResponses()
    const args = ['sync', 'stores@draft', 'stores@live', '--delete', '--yes', '-q']
    const isHalf = () => emulator.tables.count('stores', 'LIVE') >= 45
    const result = await killAndResume(args, isHalf, step)
    expect(result, result.stderr).toMatchObject({ code: 0 })
    expect(held('stores', 'LIVE')).toEqual(held('stores'))
  })

  it('after a restore was killed: the table is equal to the backup', {
    timeout: 60_000,
  }, async () => {
    emulator.tables.insert(
      'stores',
      ROWS.map((row) => ({ code: row.split(',')[0], name: row.split(',')[1] })),
    )
    const archive = join(folder, 'backup.zip')
    const backup = await run(['backup', 'stores', '-o', archive, '--versions', 'draft', '-q'], env)
    expect(backup, backup.stderr).toMatchObject({ code: 0 })
    putOld('copy')
    loseResponses()
    const args = ['restore', archive, '--map', 'stores=copy', '--mode', 'replace', '--yes', '-q']
    let isEmptied = false
    const isHalf = () => {
      isEmptied ||= emulator.tables.count('copy') === 0
      return isEmptied && emulator.tables.count('copy') >= 45
    }
    const result = await killAndResume(args, isHalf, step)
    expect(result, result.stderr).toMatchObject({ code: 0 })
    expect(held('copy')).toEqual(held('stores'))
  })
})
