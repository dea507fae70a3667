/** What a listener returns is asked right before each attempt of the request of a write. */
import { expect, test } from 'vitest'
import { ConfigurationError, type SendCheck, type WriteListener } from '../../src/index.ts'
import { setUp } from './support.ts'

const TABLES = [
  {
    name: 't',
    columns: [{ name: 'name', type: 'text' as const }],
    records: [{ name: 'a' }, { name: 'b' }],
  },
]

function listener(check: SendCheck): WriteListener {
  return { before: () => check, after: () => undefined }
}

/** Requests that write. */
function sent(emulator: Awaited<ReturnType<typeof setUp>>['emulator']): number {
  return emulator.requests.log.filter(({ action }) => action !== undefined && action !== 'SELECT')
    .length
}

test('it is asked before each attempt, and when its connection is ready', async () => {
  let asked = 0
  const onWrite = listener(() => {
    asked++
    return undefined
  })
  await using setup = await setUp({ tables: TABLES }, { onWrite })
  const { emulator, client } = setup
  emulator.faults.add({ kind: 'status', status: 429, actions: ['INSERT'], times: 2 })
  await client.table('t').insert({ name: 'c' })
  expect(asked).toBe(6)
  expect(sent(emulator)).toBe(3)
})

test('what no longer holds when the connection is ready is not sent', async () => {
  const error = new ConfigurationError('taken over')
  let asked = 0
  const onWrite = listener(() => {
    if (asked++ > 0) throw error
    return undefined
  })
  await using setup = await setUp({ tables: TABLES }, { onWrite })
  await expect(setup.client.table('t').insert({ name: 'c' })).rejects.toBe(error)
  expect(sent(setup.emulator)).toBe(0)
})

test('what must wait when the connection is ready is sent afterwards, once', async () => {
  let asked = 0
  const onWrite = listener(() => {
    asked++
    // It is asked again, whatever becomes of this.
    return asked === 2 ? Promise.reject(new Error('not looked at')) : undefined
  })
  await using setup = await setUp({ tables: TABLES }, { onWrite })
  await setup.client.table('t').insert({ name: 'c' })
  expect(sent(setup.emulator)).toBe(1)
  expect(setup.emulator.tables.count('t')).toBe(3)
})

test('nothing is sent until what it returns is resolved, and it agrees', async () => {
  const waits: (() => void)[] = []
  const onWrite = listener(() =>
    waits.length < 2 ? new Promise<void>((resolve) => waits.push(resolve)) : undefined,
  )
  await using setup = await setUp({ tables: TABLES }, { onWrite })
  const { emulator, client } = setup
  const writing = client.table('t').insert({ name: 'c' })
  for (const count of [1, 2]) {
    while (waits.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(sent(emulator)).toBe(0)
    waits[count - 1]?.()
  }
  await writing
  expect(sent(emulator)).toBe(1)
  expect(emulator.tables.count('t')).toBe(3)
})

test('the wait ends with the time of the call, with its abort and with the client', async () => {
  const onWrite = listener(() => new Promise(() => {}))
  await using setup = await setUp({ tables: TABLES }, { onWrite })
  const { emulator, client } = setup
  const table = client.table('t')
  await expect(table.insert({ name: 'c' }, { timeoutMs: 50 })).rejects.toThrow()
  const signal = AbortSignal.timeout(50)
  await expect(table.insert({ name: 'c' }, { signal })).rejects.toThrow()
  const closing = table.insert({ name: 'c' })
  const failed = expect(closing).rejects.toThrow(/closed/)
  await new Promise((resolve) => setTimeout(resolve, 30))
  await client.close()
  await failed
  expect(sent(emulator)).toBe(0)
})

test.each(['throws', 'rejects'])(
  'an error that it %s stops the row, which is not sent',
  async (how) => {
    const error = new ConfigurationError('taken over')
    const onWrite = listener(() => {
      if (how === 'throws') throw error
      return Promise.reject(error)
    })
    await using setup = await setUp({ tables: TABLES }, { onWrite })
    const { emulator, client } = setup
    const table = client.table('t')
    const [id = ''] = emulator.tables.records('t').map((record) => record.id)
    await expect(table.insertMany([{ name: 'c' }])).rejects.toBe(error)
    await expect(table.updateById(id, { name: 'c' })).rejects.toBe(error)
    await expect(table.deleteById([id])).rejects.toBe(error)
    await expect(table.update({ name: 'a' }, { name: 'c' })).rejects.toBe(error)
    expect(sent(emulator)).toBe(0)
  },
)

test('any other error of it is the outcome of the row alone', async () => {
  let asked = 0
  const onWrite = listener(() => {
    if (asked++ === 0) throw new Error('not this one')
    return undefined
  })
  await using setup = await setUp({ tables: TABLES }, { onWrite })
  const report = await setup.client
    .table('t')
    .insertMany([{ name: 'c' }, { name: 'd' }], { inFlight: 1 })
  expect(report).toMatchObject({ ok: 1, rejected: 1 })
  expect(setup.emulator.tables.count('t')).toBe(3)
})

test('a row that an earlier attempt may have written is resolved, not taken as not sent', async () => {
  const error = new ConfigurationError('taken over')
  let asked = 0
  const onWrite = listener(() => {
    if (asked++ > 1) throw error
    return undefined
  })
  await using setup = await setUp({ tables: TABLES }, { onWrite })
  const { emulator, client } = setup
  const [id = ''] = emulator.tables.records('t').map((record) => record.id)
  emulator.faults.add({ kind: 'reset', when: 'after', actions: ['UPDATE'], times: 1 })
  const report = await client.table('t').updateById(id, { name: 'c' })
  expect(report.ok).toBe(1)
  expect(asked).toBe(3)
  expect(sent(emulator)).toBe(1)
})
