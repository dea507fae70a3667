/** Long cells are cut the same way by all tools, and can be read on from where they were cut. */
import type { Emulator } from '@chatlayer-tables/emulator'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startFixture } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'
import { describeTools, rowsOf } from './suite.ts'

const words = Array.from({ length: 14_000 }, (_, index) => `word${index % 977} `).join('')
const LONG = words.slice(0, 100_000)

/** The mark at the end of a cut cell. */
const MARK = /…\[\+(\d+)\]$/

type Read = (from: number) => Promise<string>

/** Reads a cell from the start to the end. */
async function readAll(read: Read): Promise<{ readonly text: string; readonly calls: number }> {
  let text = ''
  for (let calls = 1; ; calls++) {
    const part = await read(text.length)
    const rest = MARK.exec(part)
    text += part.replace(MARK, '')
    if (rest === null) return { text, calls }
    expect(part.length).toBeGreaterThan(16)
  }
}

describeTools('long cells', (suite) => {
  beforeEach(() => suite.emulator.tables.insert('leads', [{ message: LONG }, { message: 'short' }]))

  it('are cut alike by query_records and query_sql, which state how to read on', async () => {
    const { client } = suite
    const sort = ['message']
    const records = await client.call('query_records', { table: 'leads', select: sort, sort })
    const sql = await client.call('query_sql', { sql: 'select message from leads order by 1' })
    expect(rowsOf(records)).toEqual([['short'], [`${LONG.slice(0, 500)}…[+99500]`]])
    expect(rowsOf(sql)).toEqual(rowsOf(records))
    for (const { data } of [records, sql]) {
      expect(data.notice).toContain(
        'Cells that end in …[+N] have N more characters; to read them, select only that cell, with cell_from: 500 and max_tokens up to 20000.',
      )
    }
  })

  it('are whole after two calls if they are selected alone', async () => {
    const where = { message: { ne: 'short' } }
    for (const [tool, args] of [
      ['query_records', { table: 'leads', where, select: ['message'] }],
      ['query_sql', { sql: "select message from leads where message <> 'short'" }],
    ] as const) {
      const { text, calls } = await readAll(async (cell_from) => {
        const answer = await suite.client.call(tool, { ...args, cell_from, max_tokens: 20_000 })
        return String(rowsOf(answer)[0]?.[0])
      })
      expect({ tool, calls }).toEqual({ tool, calls: 2 })
      expect(text).toBe(LONG)
    }
  })
})

describe('the pieces of a cell', () => {
  let emulator: Emulator
  let caller: Caller

  beforeAll(async () => {
    emulator = await startFixture()
    caller = openCaller(emulator)
  })

  afterAll(async () => {
    await caller.close()
    await emulator.close()
  })

  /** Without invisible characters, which are shown as escapes. */
  const piece = fc.oneof(
    fc.constantFrom('word ', '東京', '😀', 'é', '"', '\n', '{"a":1},', 'Zk3v', '…[+9]'),
    fc.stringMatching(/^[ -~]{0,20}$/),
  )
  const long = fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 400 }))
    .map(([pieces, times]) => `${pieces.join('').repeat(times)}.`)

  it('give the text exactly, from both tools, for text and JSON', async () => {
    await fc.assert(
      fc.asyncProperty(long, fc.constantFrom(500, 700, 2_000), async (text, max_tokens) => {
        emulator.reset()
        const tags = [text, { text }]
        emulator.tables.insert('stores', [{ name: text, tags, rank: 1_000 }])
        const where = { rank: 1_000 }
        for (const [column, stored] of [
          ['name', text],
          ['tags', JSON.stringify(tags)],
        ] as const) {
          const found = await Promise.all(
            [
              (cell_from: number) =>
                caller.call('query_records', {
                  ...{ table: 'stores', where, select: [column], cell_from, max_tokens },
                }),
              (cell_from: number) =>
                caller.call('query_sql', {
                  sql: `select ${column} from stores where rank = 1000`,
                  ...{ cell_from, max_tokens },
                }),
            ].map((ask) =>
              readAll(async (from) => {
                const { data } = await ask(from)
                const [[cell] = []] = data.rows as unknown[][]
                return typeof cell === 'string' ? cell : JSON.stringify(cell)
              }),
            ),
          )
          expect(found.map((one) => one.text)).toEqual([stored, stored])
        }
      }),
      { numRuns: 12, seed: 11 },
    )
  })
})
