/** Imports that do not come to their end. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AIRPORT_COLUMNS,
  AIRPORTS_FILE,
  BIN,
  checkNoSecret,
  connectionTo,
  makeFolder,
  run,
  sortedLines,
  start,
  startAirports,
  startProcess,
} from './cli.ts'

let folder: string
let remove: () => Promise<void>

beforeAll(async () => {
  ;({ folder, remove } = await makeFolder())
})

afterAll(() => remove())

async function copyAirports(name: string): Promise<string> {
  const file = join(folder, name)
  await copyFile(AIRPORTS_FILE, file)
  return file
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function countLines(file: string): Promise<number> {
  return (await sortedLines(file).catch(() => [])).length
}

describe('Ctrl-C in an import', () => {
  it('lets rows under way end, accounts for all, and the rest can be imported', {
    timeout: 120_000,
  }, async () => {
    await using emulator = await startAirports()
    emulator.faults.add({ kind: 'latency', ms: 20, actions: ['INSERT'] })
    const env = connectionTo(emulator)
    const file = await copyAirports('interrupted.csv')
    const { child, result } = start(['import', 'airports', file, '--json'], env)
    await until(() => emulator.tables.count('airports') >= 100)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await result
    expect(code).toBe(130)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ read: 3376, rejected: 0, unknown: 0 })
    expect(report.stopped).toEqual({ reason: 'interrupted' })
    expect(report.ok + report.unsent).toBe(3376)
    expect(report.ok).toBe(emulator.tables.count('airports'))
    expect(report.ok).toBeLessThan(3376)
    expect(stderr).toContain('interrupted.unsent.csv')

    emulator.faults.clear()
    const rest = join(folder, 'interrupted.unsent.csv')
    expect((await run(['import', 'airports', rest], env)).code).toBe(0)
    const copy = join(folder, 'whole.csv')
    await run(['export', 'airports', '-o', copy], env)
    expect(await sortedLines(copy)).toEqual(await sortedLines(AIRPORTS_FILE))
  })

  it('twice ends it at once; what was under way is told as unknown', {
    timeout: 60_000,
  }, async () => {
    await using emulator = await startAirports()
    emulator.faults.add({ kind: 'hang', when: 'after', actions: ['INSERT'] })
    const file = await copyAirports('twice.csv')
    const { child, result } = start(['import', 'airports', file], connectionTo(emulator))
    await until(() => emulator.tables.count('airports') > 0)
    child.kill('SIGINT')
    await until(() => child.kill(0) && emulator.requests.log.length > 0)
    setTimeout(() => child.kill('SIGINT'), 300)
    const { code } = await result
    expect(code).toBe(130)
    expect(await countLines(join(folder, 'twice.unknown.csv'))).toBeGreaterThanOrEqual(
      emulator.tables.count('airports'),
    )
  })
})

describe('a gateway that is killed in the middle of an import', () => {
  it('ends it with 5, a clear error, and every row accounted for', {
    timeout: 120_000,
  }, async () => {
    const seed = join(folder, 'seed')
    await mkdir(seed)
    const schema = JSON.stringify({ columns: AIRPORT_COLUMNS })
    await writeFile(join(seed, 'airports.schema.json'), schema)
    const storage = join(folder, 'killed.sqlite')
    const token = 'somebody:0123456789abcdef0123456789abcdef'
    const startGateway = async (port: string) => {
      const args = ['emulator', '--port', port, '--storage', storage, '--json', '--latency', '5']
      const { child } = startProcess(
        process.execPath,
        [BIN, ...args, '--seed', seed],
        { CHATLAYER_TOKEN: token },
        folder,
      )
      const line = await new Promise<string>((resolve) => {
        child.stdout?.once('data', (text: string) => resolve(text))
      })
      return { child, facts: JSON.parse(line) }
    }
    const { child, facts } = await startGateway('0')
    const env = {
      CHATLAYER_BASE_URL: facts.url,
      CHATLAYER_TEAM_ID: facts.teamId,
      CHATLAYER_BOT_ID: facts.botId,
      CHATLAYER_TOKEN: token,
    }
    const file = await copyAirports('killed.csv')
    const importing = start(['import', 'airports', file, '--json'], env)
    await until(async () => {
      const answer = await fetch(`${facts.url}/_emulator/stats`)
      const stats = (await answer.json()) as { requests: { total: number } }
      return stats.requests.total > 300
    })
    child.kill('SIGKILL')
    const { code, stdout, stderr } = await importing.result

    expect(code).toBe(5)
    expect(stderr).toMatch(/^error: [^\n]+$/m)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ read: 3376, rejected: 0, stopped: { reason: 'gateway' } })
    expect(report.ok + report.unknown + report.unsent).toBe(3376)
    expect(report.ok).toBeGreaterThan(0)
    expect(await countLines(join(folder, 'killed.unknown.csv'))).toBe(report.unknown)
    expect(await countLines(join(folder, 'killed.unsent.csv'))).toBe(report.unsent)
    for (const name of await readdir(folder)) {
      if (/\.(csv|ndjson)$/.test(name))
        checkNoSecret(await readFile(join(folder, name), 'utf8'), env)
    }

    // What the gateway holds lies between what is known to be written and what may be.
    const again = await startGateway(new URL(facts.url).port)
    const listed = await run(['export', 'airports'], env)
    again.child.kill('SIGTERM')
    const held = listed.stdout.trimEnd().split('\n').length - 1
    expect(held).toBeGreaterThanOrEqual(report.ok)
    expect(held).toBeLessThanOrEqual(report.ok + report.unknown)
  })
})
