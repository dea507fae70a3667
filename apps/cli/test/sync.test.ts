/** `clt sync`: its writes and its jobs. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reportOf, run, SOME_AIRPORTS, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator()

const TO_LIVE = ['sync', 'airports@draft', 'airports@live', '--key', 'iata']

function writesSent(): number {
  const { INSERT = 0, UPDATE = 0, DELETE = 0 } = emulator.requests.counts.actions
  return INSERT + UPDATE + DELETE
}

function live(): string[] {
  return emulator.tables
    .records('airports', 'LIVE')
    .map(({ values }) => JSON.stringify(values))
    .toSorted()
}

function draft(): string[] {
  return emulator.tables
    .records('airports')
    .map(({ values }) => JSON.stringify(values))
    .toSorted()
}

describe('clt sync', () => {
  it('shows its plan, carries it out exactly, and verifies the result', async () => {
    const [first, , ...rest] = SOME_AIRPORTS
    emulator.tables.insert(
      'airports',
      [{ ...first, city: 'old' }, ...rest, { iata: 'OLD' }],
      'LIVE',
    )
    const plan = [
      '~ iata "00M"',
      '    city  "old" → "Bay Springs"',
      '+ iata "JFK"  name "John F Kennedy Intl"  city "New York"  state "NY"  latitude 40.63',
      '- iata "OLD"',
      '',
    ]
    const dry = await run([...TO_LIVE, '--delete', '--dry-run'], env)
    expect(dry).toMatchObject({ code: 0, stdout: plan.join('\n') })
    expect(dry.stderr).toContain('1 to insert, 1 to update, 1 to delete, 2 unchanged')
    expect(writesSent()).toBe(0)

    const kept = await run([...TO_LIVE, '--yes'], env)
    expect(kept).toMatchObject({ code: 0, stdout: '' })
    expect(kept.stderr).toContain('1 record not in airports@draft kept (--delete')
    expect(kept.stderr).toContain(
      '"airports" (LIVE) has all 4 records of airports@draft, and 1 more',
    )
    expect(writesSent()).toBe(2)

    const deleted = await run([...TO_LIVE, '--delete', '--yes', '--json', '-q'], env)
    expect(deleted, deleted.stderr).toMatchObject({ code: 0 })
    expect(reportOf(deleted.stdout)).toMatchObject({ deleted: 1, readBack: { equal: true } })
    expect(writesSent()).toBe(3)
    expect(live()).toEqual(draft())

    const nothing = await run([...TO_LIVE, '--delete', '--yes'], env)
    expect(nothing).toMatchObject({ code: 0, stdout: '' })
    expect(nothing.stderr).toContain('"airports" (LIVE) is equal to airports@draft, 4 records')
    expect(writesSent()).toBe(3)
  })

  it('writes all events with --json', async () => {
    const { stdout } = await run([...TO_LIVE, '--yes', '--json'], env)
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const names = events.map(({ event }) => event).filter((event) => event !== 'progress')
    expect(names).toEqual(['plan', 'start', 'end'])
    emulator.tables.insert('airports', [{ iata: 'X' }])
    const dry = await run([...TO_LIVE, '--dry-run', '--json', '-q'], env)
    const [plan, change] = dry.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(plan).toMatchObject({ event: 'plan', inserts: 1, updates: 0, deletes: 0, same: 4 })
    expect(change).toMatchObject({ event: 'change', change: 'added', key: { iata: 'X' } })
  })

  it('makes a table equal to a file, or to stdin', async () => {
    const file = join(folder, 'airports')
    const text = 'IATA,latitude\n00M,31.95376472\nNEW,1\n'
    await writeFile(file, text)
    const rest = ['--key', 'iata', '--columns', 'latitude', '--delete', '--yes']
    const result = await run(['sync', file, ':airports', ...rest], env)
    expect(result, result.stderr).toMatchObject({ code: 0 })
    expect(result.stderr).toContain('1 inserted, 0 updated, 3 deleted')
    const piped = await run(['sync', '-', 'airports', ...rest], env, `${text}TWO,2\n`)
    expect(piped, piped.stderr).toMatchObject({ code: 0 })
    expect(emulator.tables.records('airports').map(({ values }) => values.iata)).toEqual([
      '00M',
      'NEW',
      'TWO',
    ])
  })

  it('rejects ambiguous arguments', async () => {
    const refusals: [string[], string][] = [
      [['airports@draft', 'airports@live', '--key', 'iata'], '--yes'],
      [['airports', 'airports', '--yes'], 'are the same table'],
      [['airports', './copy.csv', '--yes'], 'copy.csv is a file'],
      [['airports', 'airports', '--live', '--yes'], '--live is ambiguous'],
    ]
    for (const [args, text] of refusals) {
      const { code, stderr } = await run(['sync', ...args], env)
      expect({ code, text: stderr.includes(text) ? text : stderr }).toEqual({ code: 2, text })
    }
    const byEnvironment = { ...env, CHATLAYER_TABLE_VERSION: 'LIVE' }
    const guess = await run(['sync', 'airports@draft', 'airports', '--yes'], byEnvironment)
    expect(guess).toMatchObject({ code: 2 })
    expect(guess.stderr).toContain('add @live')
    expect([writesSent(), live()]).toEqual([0, []])
  })

  it('reports rejected writes, and exits with 6', async () => {
    emulator.tables.insert(
      'airports',
      SOME_AIRPORTS.map((row) => ({ ...row, country: 'X' })),
      'LIVE',
    )
    const { code, stderr } = await run([...TO_LIVE, '--yes'], env)
    expect(code).toBe(6)
    expect(stderr).toContain('error: update of iata "00M": rejected: values.country: null')
    expect(stderr).toContain('0 updated, 0 deleted, 4 rejected')
    expect(stderr).toContain('is not equal to airports@draft')
  })
})

describe('the job of a sync', () => {
  const many = Array.from({ length: 1_500 }, (_, n) => ({ iata: `N${n}`, name: `name ${n % 700}` }))

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'continues after %s, with nothing lost or duplicated',
    {
      timeout: 120_000,
    },
    async (signal) => {
      emulator.tables.insert('airports', many)
      emulator.tables.insert(
        'airports',
        many.slice(1_000).map((row) => ({ ...row, name: 'old' })),
        'LIVE',
      )
      emulator.tables.insert('airports', [{ iata: 'OLD' }], 'LIVE')
      emulator.faults.add({ kind: 'latency', ms: 10, when: 'after', actions: ['INSERT', 'UPDATE'] })
      emulator.faults.add({ kind: 'reset', rate: 0.01, when: 'after', actions: ['INSERT'] })
      const key = signal === 'SIGKILL' ? ['--key', 'iata'] : []
      const args = ['sync', 'airports@draft', 'airports@live', ...key, '--delete', '--yes', '-q']
      const first = start(args, env)
      await until(() => emulator.tables.count('airports', 'LIVE') > 800)
      first.child.kill(signal)
      const { code, stderr } = await first.result
      expect(code).toBe(signal === 'SIGKILL' ? null : 130)
      if (signal === 'SIGINT') expect(stderr).toContain('continue with: clt jobs resume')

      const [job] = JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout)
      expect(job).toMatchObject({ status: 'unfinished', facts: { kind: 'sync' } })
      const shown = await run(['jobs', 'show', job.id], env)
      expect(shown.stdout).toContain('sync from\tairports@draft')
      if (signal === 'SIGKILL') {
        const second = start(['jobs', 'resume', job.id, '-q'], env)
        await until(() => (emulator.requests.counts.actions.UPDATE ?? 0) > 100)
        second.child.kill('SIGKILL')
        await second.result
      }
      const resumed = await run(['jobs', 'resume', '--json'], env)
      expect(resumed, resumed.stderr).toMatchObject({ code: 0 })
      expect(reportOf(resumed.stdout)).toMatchObject({
        ...{ rejected: 0, unknown: 0, unsent: 0, finished: true, readBack: { equal: true } },
      })
      expect(live()).toEqual(draft())
      expect((await run(['jobs', 'list'], env)).stdout).toContain('done\t')
      const again = await run(['jobs', 'resume', job.id], env)
      expect(again).toMatchObject({ code: 2 })
    },
  )

  it('belongs to the connection that it started with', async () => {
    emulator.tables.insert('airports', many)
    emulator.faults.add({ kind: 'latency', ms: 20, actions: ['INSERT'] })
    const { child, result } = start([...TO_LIVE, '--yes', '-q'], env)
    await until(() => emulator.tables.count('airports', 'LIVE') > 10)
    child.kill('SIGINT')
    await result
    const other = await run(['jobs', 'resume'], {
      ...env,
      CHATLAYER_BASE_URL: 'http://127.0.0.1:9',
    })
    expect(other.code, other.stderr).toBe(5)
    expect(await run(['jobs', 'resume', '--bot', 'other'], env)).toMatchObject({ code: 3 })
    const [job] = JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout)
    expect(await run(['jobs', 'rm', job.id], env)).toMatchObject({ code: 0 })
  })
})
