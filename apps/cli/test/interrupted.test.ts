/** Interrupted imports. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AIRPORT_COLUMNS,
  AIRPORTS_FILE,
  BIN,
  checkNoSecret,
  connectionTo,
  makeFolder,
  reportOf,
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
  it('completes rows in flight, counts all rows, and prints how to continue', {
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
    const first = reportOf(stdout)
    expect(first).toMatchObject({ rejected: 0, unknown: 0, readToEnd: true, finished: false })
    expect(first.stopped).toEqual({ reason: 'interrupted' })
    expect(first.ok).toBe(emulator.tables.count('airports'))
    expect(first.read).toBe(3376)
    expect(first.unsent).toBe(3376 - first.ok)
    expect(first.ok).toBeLessThan(3376)
    expect(stderr).toContain(`continue with: clt jobs resume ${first.job}`)

    emulator.faults.clear()
    const resumed = await run(['jobs', 'resume', first.job, '--json'], env)
    expect(resumed.code).toBe(0)
    const whole = { read: 3376, ok: 3376, finished: true }
    expect(reportOf(resumed.stdout)).toMatchObject(whole)
    const copy = join(folder, 'whole.csv')
    await run(['export', 'airports', '-o', copy], env)
    expect(await sortedLines(copy)).toEqual(await sortedLines(AIRPORTS_FILE))
  })

  it('twice stops it immediately; rows in flight are resolved when it is resumed', {
    timeout: 60_000,
  }, async () => {
    await using emulator = await startAirports()
    emulator.faults.add({ kind: 'hang', when: 'after', actions: ['INSERT'] })
    const env = connectionTo(emulator)
    const file = await copyAirports('twice.csv')
    const { child, result } = start(['import', 'airports', file, '--json'], env)
    await until(() => emulator.tables.count('airports') > 0)
    child.kill('SIGINT')
    await until(() => child.kill(0) && emulator.requests.log.length > 0)
    setTimeout(() => child.kill('SIGINT'), 300)
    const { code, stdout } = await result
    expect(code).toBe(130)
    const { unknown, job } = reportOf(stdout)
    expect(unknown).toBeGreaterThanOrEqual(emulator.tables.count('airports'))
    expect(await countLines(join(folder, 'twice.unknown.csv'))).toBe(unknown)

    emulator.faults.clear()
    const resumed = await run(['jobs', 'resume', job], env)
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 })
    expect(emulator.tables.count('airports')).toBe(3376)
    await expect(sortedLines(join(folder, 'twice.unknown.csv'))).rejects.toThrow('ENOENT')
  })
})

describe('a gateway that is killed in the middle of an import', () => {
  it('stops it with 5, a clear error, and all rows counted; it can be resumed later', {
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
    const report = reportOf(stdout)
    expect(report).toMatchObject({ rejected: 0, finished: false, stopped: { reason: 'gateway' } })
    expect(report.ok + report.unknown + report.unsent).toBe(report.read)
    expect(report.ok).toBeGreaterThan(0)
    expect(await countLines(join(folder, 'killed.unknown.csv'))).toBe(report.unknown)
    for (const name of await readdir(folder)) {
      if (/\.(csv|ndjson)$/.test(name))
        checkNoSecret(await readFile(join(folder, name), 'utf8'), env)
    }

    // The gateway has at least the rows known to be written, and at most those that may be.
    const again = await startGateway(new URL(facts.url).port)
    const listed = await run(['export', 'airports'], env)
    const held = listed.stdout.trimEnd().split('\n').length - 1
    expect(held).toBeGreaterThanOrEqual(report.ok)
    expect(held).toBeLessThanOrEqual(report.ok + report.unknown)

    const resumed = await run(['jobs', 'resume', report.job], env)
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 })
    const copy = join(folder, 'killed-copy.csv')
    await run(['export', 'airports', '-o', copy], env)
    again.child.kill('SIGTERM')
    expect(await sortedLines(copy)).toEqual(await sortedLines(AIRPORTS_FILE))
  })
})

describe('an import that is killed repeatedly', () => {
  it('neither loses nor duplicates rows: a small run of the campaign', {
    timeout: 300_000,
  }, async () => {
    const campaign = fileURLToPath(
      new URL('../../../scripts/campaigns/kill-import.mjs', import.meta.url),
    )
    const args = [campaign, '--runs', '3', '--rows', '500', '--seed', '7']
    const { code, stdout, stderr } = await startProcess(process.execPath, args, {}, folder).result
    expect(code, `${stdout}${stderr}`).toBe(0)
    expect(stdout).toContain('run 3, insert: killed ')
    expect(stdout).toMatch(/3 imports of 500 rows, \d+ kills: 0 lost, 0 duplicated/)
  })
})
