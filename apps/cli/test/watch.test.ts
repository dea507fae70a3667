/** `clt records watch`: events for a table that others write to. */
import { createClient, type TableHandle } from '@chatlayer-tables/core'
import { type Emulator, type EmulatorOptions, startEmulator } from '@chatlayer-tables/emulator'
import { describe, expect, it } from 'vitest'
import { AIRPORT_COLUMNS, connectionTo, run, SOME_AIRPORTS, start } from './cli.ts'
import { CTRL_C, hasPty, openTerminal } from './pty.ts'

interface Event {
  readonly event: string
  readonly at: string
  readonly id: string
  readonly updatedAt: string | null
  readonly columns?: readonly string[]
  readonly values: Record<string, unknown> | null
  readonly before: Record<string, unknown> | null
}

/** Some airports and, for a large table, many more. */
function begin(many: number, options: EmulatorOptions = {}): Promise<Emulator> {
  const more = Array.from({ length: many }, (_, index) => ({ iata: `${index}`, state: 'MANY' }))
  const records = [...SOME_AIRPORTS, ...more]
  return startEmulator({
    ...options,
    tables: [{ name: 'airports', columns: AIRPORT_COLUMNS, records }],
  })
}

/** A watch that has started. */
async function watch(emulator: Emulator, ...args: string[]) {
  const all = ['records', 'watch', 'airports', '--interval', '100ms', ...args]
  const { child, result } = start(all, connectionTo(emulator))
  const events: Event[] = []
  let err = ''
  let rest = ''
  let look = (): void => undefined
  child.stderr?.on('data', (chunk) => {
    err += chunk
    look()
  })
  child.stdout?.on('data', (chunk) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    events.push(...lines.map((line) => JSON.parse(line)))
    look()
  })
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => holds() && resolve()
      void result.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)))
      look()
    })
  await until(() => err.includes('Ctrl-C ends it'))
  return {
    events,
    /** Waits for this number of events in total. */
    count: (count: number) => until(() => events.length >= count),
    says: (text: string) => until(() => err.includes(text)),
    end: () => {
      child.kill('SIGINT')
      return result
    },
  }
}

async function writing<T>(emulator: Emulator, write: (table: TableHandle) => PromiseLike<T>) {
  const { url: baseUrl, token, teamId, botId } = emulator
  await using client = createClient({ baseUrl, token, teamId, botId })
  return await write(client.table('airports'))
}

/** One event of each kind, in order. */
async function oneOfEach(emulator: Emulator, ...args: string[]) {
  const watching = await watch(emulator, ...args)
  const id = await writing(emulator, async (table) => {
    const { id } = await table.insert({ iata: 'GNE', city: 'Ghent', latitude: '51.05' })
    await watching.count(1)
    await table.update({ iata: 'GNE' }, { city: 'Gent', latitude: '51.050', name: 'Heliport' })
    await watching.count(2)
    await table.delete({ iata: 'JFK' })
    await watching.count(3)
    return id
  })
  const { code, stderr } = await watching.end()
  expect(code).toBe(130)
  expect(stderr).toContain('1 added, 1 changed, 1 removed in ')
  expect(stderr).not.toContain('error')
  const [added, changed, removed] = watching.events
  expect(added).toMatchObject({ event: 'added', id, before: null })
  expect(added?.values).toMatchObject({ iata: 'GNE', city: 'Ghent', latitude: '51.05' })
  expect(changed).toMatchObject({ event: 'changed', id, columns: ['name', 'city'] })
  expect(changed?.before).toMatchObject({ city: 'Ghent', name: null })
  expect(changed?.values).toMatchObject({ city: 'Gent', name: 'Heliport' })
  expect(removed).toMatchObject({ event: 'removed', values: null, before: { iata: 'JFK' } })
  expect(watching.events).toHaveLength(3)
  expect(added?.at).toMatch(/^\d{4}-.*Z$/)
  return stderr
}

describe('clt records watch', () => {
  it('reports added, changed and removed records, and a summary on Ctrl-C', async () => {
    await using emulator = await begin(0)
    await oneOfEach(emulator)
  })

  it('uses dates for a large table', { timeout: 30_000 }, async () => {
    // Old, so that they are not read again as new records.
    let now = Date.parse('2026-01-01T00:00:00Z')
    const clock = () => new Date(now)
    await using emulator = await begin(1_000, { clock, dialect: { timestampFilter: 'camel' } })
    now = Date.now()
    await writing(emulator, (table) => table.update({ iata: '00M' }, { country: 'USA' }))
    const watching = await watch(emulator)
    emulator.requests.clear()
    await writing(emulator, (table) => table.update({ iata: 'EWR' }, { country: 'USA' }))
    await watching.count(1)
    await writing(emulator, (table) => table.update({ iata: 'BTV' }, { country: 'USA' }))
    await watching.count(2)
    // Reading the whole table would take ten pages or more.
    expect(emulator.requests.counts.operations.getTableData ?? 0).toBeLessThan(10)
    await writing(emulator, (table) => table.delete({ iata: { in: ['JFK', '7'] } }))
    await watching.count(4)
    const { stderr } = await watching.end()
    expect(stderr).not.toContain('each poll reads')
    expect(watching.events.map(({ event }) => event)).toEqual([
      'changed',
      'changed',
      'removed',
      'removed',
    ])
  })

  it('stops using dates that do not change, and reports it', { timeout: 30_000 }, async () => {
    let now = Date.parse('2026-01-02T00:00:00Z')
    const clock = () => new Date(now)
    await using emulator = await begin(1_000, { clock, dialect: { timestampFilter: 'camel' } })
    const watching = await watch(emulator)
    now -= 86_400_000
    await writing(emulator, async (table) => {
      await table.update({ iata: 'EWR' }, { country: 'USA' })
      await table.delete({ iata: 'JFK' })
      await watching.says('a record changed without a new updatedAt: each poll reads 1,003 records')
      await table.update({ iata: 'BTV' }, { country: 'USA' })
    })
    await watching.count(3)
    await watching.end()
    const reported = watching.events.map(({ event, values, before }) => [
      event,
      (values ?? before)?.iata,
    ])
    expect(reported.toSorted()).toEqual([
      ['changed', 'BTV'],
      ['changed', 'EWR'],
      ['removed', 'JFK'],
    ])
  })

  it('reads all records each time if the gateway cannot filter dates, and reports it', {
    timeout: 30_000,
  }, async () => {
    await using emulator = await begin(600)
    const stderr = await oneOfEach(emulator)
    expect(stderr).toContain('may be unable to filter by date: each poll reads 604 records')
  })

  it('with a condition reports records that start or stop meeting it', async () => {
    await using emulator = await begin(0)
    const watching = await watch(emulator, '--where', 'state = NY', '--select', 'iata, city')
    await writing(emulator, async (table) => {
      await table.update({ iata: 'EWR' }, { state: 'NY' })
      await watching.count(1)
      await table.update({ iata: 'EWR' }, { country: 'USA' })
      await table.update({ iata: 'JFK' }, { state: 'NJ' })
      await watching.count(2)
    })
    await watching.end()
    expect(watching.events).toMatchObject([
      { event: 'added', values: { iata: 'EWR', city: 'Newark' } },
      { event: 'removed', before: { iata: 'JFK', city: 'New York' } },
    ])
    expect(Object.keys(watching.events[0]?.values ?? {})).toEqual(['iata', 'city'])
  })

  it('survives a gateway that fails for a while, and misses nothing', {
    timeout: 60_000,
  }, async () => {
    await using emulator = await begin(0)
    const watching = await watch(emulator)
    await writing(emulator, (table) => table.insert({ iata: 'AAA' }))
    await watching.count(1)
    emulator.faults.add({ kind: 'status', status: 503, operations: ['getTableData'] })
    await watching.says('still trying')
    emulator.faults.clear()
    await writing(emulator, (table) => table.insert({ iata: 'BBB' }))
    await watching.count(2)
    const { code, stderr } = await watching.end()
    expect(code).toBe(130)
    expect(stderr).toContain('the gateway is back after')
    expect(stderr.match(/still trying/g)).toHaveLength(1)
    expect(watching.events.map(({ values }) => values?.iata)).toEqual(['AAA', 'BBB'])
  })

  it('ends after --for, and rejects invalid durations', {
    timeout: 30_000,
  }, async () => {
    await using emulator = await begin(0)
    const args = ['records', 'watch', 'airports', '--interval', '100ms']
    const ended = await run([...args, '--for', '300ms'], connectionTo(emulator))
    expect(ended).toMatchObject({ code: 0, stdout: '' })
    expect(ended.stderr).toContain('0 added, 0 changed, 0 removed')
    for (const wrong of ['0s', '10ms', 'soon', '-1s']) {
      const refused = await run([...args.slice(0, 3), `--interval=${wrong}`])
      expect(refused).toMatchObject({ code: 2, stdout: '' })
    }
  })
})

describe.skipIf(!hasPty)('at a terminal', () => {
  it('shows changed columns and a summary, without control characters', async () => {
    await using emulator = await begin(0)
    const args = ['records', 'watch', 'airports', '--interval', '100ms']
    const terminal = openTerminal(args, connectionTo(emulator))
    await terminal.shows('watching 4 records of "airports" (DRAFT)')
    await writing(emulator, async (table) => {
      const changed = terminal.shows(/~ [\da-f-]{36}\r\n +city: ∅ → Burl\\u001b\[2Jington/)
      await table.update({ iata: 'BTV' }, { city: 'Burl\u001b[2Jington' })
      await changed
      const added = terminal.shows(/\+ [\da-f-]{36}\r\n +iata=GNE {2}city=Ghent\r\n/)
      await table.insert({ iata: 'GNE', city: 'Ghent' })
      await added
    })
    const summed = terminal.shows('1 added, 1 changed, 0 removed')
    terminal.type(CTRL_C)
    await summed
    expect(await terminal.ended).toBe(130)
    expect(terminal.screen()).not.toContain('error')
  })
})
