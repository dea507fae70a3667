/** `clt records copy`: what it writes, what it leaves, and how it is undone. */
import { describe, expect, it } from 'vitest'
import { reportOf, run, SOME_AIRPORTS, start } from './cli.ts'
import { AIRPORTS, useEmulator } from './fixture.ts'

const { emulator, env } = await useEmulator({
  tables: [
    AIRPORTS,
    {
      name: 'harbours',
      columns: [
        { name: 'iata', type: 'text' },
        { name: 'latitude', type: 'text' },
        { name: 'berths', type: 'int' },
      ],
    },
  ],
})

const PUBLISH = ['records', 'copy', 'airports@draft', 'airports@live', '--key', 'iata']

function contents(table: string, version: 'DRAFT' | 'LIVE' = 'DRAFT'): string[] {
  const records = emulator.tables.records(table, version)
  return records.map(({ values }) => JSON.stringify(values)).toSorted()
}

function writesSent(): number {
  const { INSERT = 0, UPDATE = 0, DELETE = 0 } = emulator.requests.counts.actions
  return INSERT + UPDATE + DELETE
}

describe('clt records copy', () => {
  it('shows, writes and undoes exactly the chosen records', async () => {
    const [first] = SOME_AIRPORTS
    const live = [
      { ...first, city: 'old' },
      { iata: 'OLD', city: 'Ghent' },
      { iata: 'KEPT', city: 'Ghent' },
    ]
    emulator.tables.insert('airports', live, 'LIVE')
    const [draftBefore, liveBefore] = [contents('airports'), contents('airports', 'LIVE')]
    const some = ['--where', 'iata in (00M, JFK, OLD)', '--delete']

    const dry = await run([...PUBLISH, ...some, '--dry-run'], env)
    expect(dry, dry.stderr).toMatchObject({
      code: 0,
      stdout: [
        '~ iata "00M"',
        '    city  "old" → "Bay Springs"',
        '+ iata "JFK"  name "John F Kennedy Intl"  city "New York"  state "NY"  latitude 40.63',
        '- iata "OLD"  city "Ghent"',
        '',
      ].join('\n'),
    })
    expect(writesSent()).toBe(0)

    const done = await run([...PUBLISH, ...some, '--yes', '--json'], env)
    expect(done, done.stderr).toMatchObject({ code: 0 })
    const { job, ...report } = reportOf(done.stdout)
    expect(report).toMatchObject({
      ...{ inserted: 1, updated: 1, deleted: 1, selected: true },
      readBack: { equal: true, counts: { added: 0 } },
    })
    expect(writesSent()).toBe(3)
    const codes = emulator.tables.records('airports', 'LIVE').map(({ values }) => values.iata)
    expect(codes.toSorted()).toEqual(['00M', 'JFK', 'KEPT'])
    expect(contents('airports')).toEqual(draftBefore)

    const again = await run([...PUBLISH, ...some, '--yes'], env)
    expect(again, again.stderr).toMatchObject({ code: 0 })
    expect(again.stderr).toContain('the selection of "airports" (LIVE) is equal to airports@draft')
    expect(writesSent()).toBe(3)

    const undone = await run(['changes', 'undo', '--job', job, '--yes'], env)
    expect(undone, undone.stderr).toMatchObject({ code: 0 })
    expect(contents('airports', 'LIVE')).toEqual(liveBefore)
  })

  it('continues after SIGINT with the selected records alone', async () => {
    const rows = Array.from({ length: 550 }, (_, n) => ({
      iata: `N${n}`,
      state: n < 500 ? 'x' : 'y',
    }))
    emulator.tables.insert('airports', rows)
    emulator.faults.add({ kind: 'latency', ms: 50, actions: ['INSERT'] })
    const { child, result } = start([...PUBLISH, '--where', 'state = x', '--yes'], env)
    while (emulator.tables.count('airports', 'LIVE') < 20) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    child.kill('SIGINT')
    expect((await result).code).toBe(130)
    emulator.faults.clear()
    expect(emulator.tables.count('airports', 'LIVE')).toBeLessThan(500)
    const resumed = await run(['jobs', 'resume'], env)
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 })
    expect(resumed.stderr).toContain('the selection of "airports" (LIVE) is equal')
    const states = emulator.tables.records('airports', 'LIVE').map(({ values }) => values.state)
    expect(states).toEqual(Array(500).fill('x'))
  })

  it('reports what it does not copy, and what does not fit before it writes', async () => {
    const args = ['records', 'copy', 'airports', 'harbours', '--key', 'iata', '--yes']
    const there = await run([...args, '--where', 'iata = JFK'], env)
    expect(there, there.stderr).toMatchObject({ code: 0 })
    expect(there.stderr).toContain('not compared, so null in new records: "berths"')
    expect(there.stderr).toContain(
      'not copied, because harbours@draft does not have them: "name", "city", "state"',
    )
    expect(contents('harbours')).toEqual(['{"iata":"JFK","latitude":"40.63","berths":null}'])

    emulator.tables.insert('harbours', [{ iata: 'X', latitude: 'north' }, { iata: 'Y' }])
    const before = contents('airports')
    const back = await run(['records', 'copy', 'harbours', 'airports', '--key', 'iata', '-y'], env)
    expect(back).toMatchObject({ code: 2, stdout: '' })
    expect(back.stderr).toContain(
      '1 record does not fit "airports" (DRAFT) in "latitude" (1); the first is "X"',
    )
    expect(contents('airports')).toEqual(before)
  })

  it('rejects duplicate keys, a missing key, and a target that is not named exactly', async () => {
    emulator.tables.insert('airports', [{ iata: 'TWO' }, { iata: 'TWO' }])
    const refusals: [string[], string][] = [
      [[...PUBLISH, '--yes'], 'the key (iata) is not unique in airports@draft: "TWO" (2 records)'],
      [PUBLISH, '--yes'],
      [[...PUBLISH.slice(0, 4), '--yes'], 'no key columns'],
      [[...PUBLISH, '--live', '--yes'], '--live is ambiguous'],
      [[...PUBLISH.slice(0, 2), 'airports', 'airports', '--key', 'iata', '-y'], 'the same table'],
    ]
    for (const [args, text] of refusals) {
      const { code, stderr } = await run(args, env)
      expect({ code, text: stderr.includes(text) ? text : stderr }).toEqual({ code: 2, text })
    }
    const byEnvironment = { ...env, CHATLAYER_TABLE_VERSION: 'LIVE' }
    const args = ['records', 'copy', 'airports@draft', 'airports', '--key', 'iata', '--yes']
    const guess = await run(args, byEnvironment)
    expect(guess).toMatchObject({ code: 2 })
    expect(guess.stderr).toContain('add @live')
    expect(writesSent()).toBe(0)
    // A duplicate that is not selected is no obstacle.
    const other = await run([...PUBLISH, '--where', 'iata = JFK', '--yes'], env)
    expect(other, other.stderr).toMatchObject({ code: 0 })
  })
})
