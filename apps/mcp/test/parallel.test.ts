import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type Caller, openCaller } from './session.ts'

const PEOPLE = 40

let emulator: Emulator
const callers: Caller[] = []

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'notes',
        columns: [
          { name: 'owner', type: 'text' },
          { name: 'note', type: 'text' },
          { name: 'secret', type: 'text' },
        ],
        records: Array.from({ length: PEOPLE }, (_, n) => ({
          owner: `person-${n}.`,
          note: `note-of-${n}.`,
          secret: 'never-shown',
        })),
      },
    ],
  })
})

afterEach(async () => {
  await Promise.all(callers.splice(0).map((caller) => caller.close()))
  emulator.reset()
})

afterAll(() => emulator.close())

function open(...args: Parameters<typeof openCaller> extends [unknown, ...infer R] ? R : never) {
  const caller = openCaller(emulator, ...args)
  callers.push(caller)
  return caller
}

it('200 parallel calls with faults each get their own result', async () => {
  const whole = open()
  const limited = open({ hideColumns: ['notes.secret'] })
  emulator.faults.set([
    { kind: 'latency', ms: { min: 0, max: 30 } },
    { kind: 'status', status: 503, rate: 0.04 },
    { kind: 'reset', rate: 0.03 },
    { kind: 'reset', when: 'after', actions: ['INSERT'], rate: 0.05 },
    { kind: 'malformed-body', rate: 0.02, operations: ['getTableData'] },
    { kind: 'unstable-order' },
  ])
  const inserted: string[] = []
  const sets = new Map<unknown, string>()
  const check = async (n: number) => {
    const principal = `person-${n}`
    const where = { owner: `person-${n}.` }
    const table = 'notes'
    const others = new RegExp(`(?:person|note-of|new)-(?!${n}\\.)\\d+\\.`)
    const answers = await Promise.all([
      limited.call('query_records', { table, where }, { principal }),
      limited.call('query_records', { table, where, group_by: 'note' }, { principal }),
      limited.call('update_records', { table, where, set: { note: `new-${n}.` }, dry_run: true }),
      limited.call(
        'insert_records',
        { table, records: [{ owner: 'shared', note: `new-${n}.` }] },
        { principal },
      ),
      whole.call('query_records', { table, where, select: ['owner', 'note'] }),
    ])
    for (const { whole: text } of answers) {
      expect(text).not.toMatch(others)
      expect(text).not.toContain('never-shown')
    }
    const [query, groups, preview, insert] = answers
    if (!query.isError) expect(query.text).toContain(`note-of-${n}.`)
    if (!groups.isError) expect(groups.data).toMatchObject({ rows: [[`note-of-${n}.`, 1]] })
    if (!preview.isError) expect(preview.data).toMatchObject({ matched: 1 })
    if (insert.data.inserted === 1) {
      inserted.push(`new-${n}.`)
      sets.set(insert.data.change_set, `new-${n}.`)
    }
    return answers.filter(({ isError }) => !isError).length
  }
  const right = await Promise.all(Array.from({ length: PEOPLE }, (_, n) => check(n)))
  expect(right.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(PEOPLE * 5 * 0.9)
  emulator.faults.clear()
  const stored = emulator.tables.records('notes').map(({ values }) => values.note)
  for (const note of inserted) expect(stored.filter((one) => one === note)).toHaveLength(1)
  // Each call has its own change set with exactly its writes.
  expect(sets.size).toBe(inserted.length)
  for (const [change_set, note] of sets) {
    const { data } = await whole.call('list_changes', { change_set })
    expect(data).toMatchObject({ total: 1, records: [{ change: 'inserted', after: { note } }] })
  }
})

it('a cancelled call stops, and the log states what was written', async () => {
  const cancel = new AbortController()
  emulator.faults.set([{ kind: 'latency', ms: 20, actions: ['INSERT'] }])
  const texts: string[] = []
  const progress = async (done: number, _total: number | undefined, message: string) => {
    texts.push(message)
    if (done >= 10) cancel.abort()
  }
  const records = Array.from({ length: 100 }, (_, n) => ({ note: `c${n}.` }))
  const allowed = open({ confirm: { bulk: 'allow', live: 'allow', delete: 'allow' } })
  const answer = await allowed.call(
    'insert_records',
    { table: 'notes', records },
    { progress },
    cancel.signal,
  )
  expect(answer.data.error).toMatchObject({ code: 'CANCELLED', change_set: expect.any(String) })
  const [, written, unknown] =
    /Stopped after writing (\d+) of 100 records, (\d+) unknown/.exec(allowed.log()) ?? []
  const stored = emulator.tables.count('notes') - PEOPLE
  expect(Number(written)).toBeGreaterThanOrEqual(10)
  expect(stored).toBeGreaterThanOrEqual(Number(written))
  expect(stored).toBeLessThanOrEqual(Number(written) + Number(unknown))
  expect(texts.at(-1)).toContain(`Stopped after writing ${written} of 100 records`)
  const { change_set } = answer.data.error as { change_set: string }
  emulator.faults.clear()
  const undo = await allowed.call('undo_changes', { change_set })
  // The undo resolves the unknown outcomes.
  expect(undo.data).toMatchObject({ conflicts: 0, unknown: 0 })
  expect(emulator.tables.count('notes')).toBe(PEOPLE)
})
