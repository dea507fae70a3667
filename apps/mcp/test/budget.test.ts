import type { Emulator } from '@chatlayer-tables/emulator'
import fc from 'fast-check'
import { countTokens as cl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startFixture } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'

let emulator: Emulator
let caller: Caller

beforeAll(async () => {
  emulator = await startFixture()
  caller = openCaller(emulator, { confirm: { bulk: 'allow', live: 'allow', delete: 'allow' } })
})

afterAll(async () => {
  await caller.close()
  await emulator.close()
})

const RUNS = 30

/** The real tokens of a text, by the tokenizer that needs more. */
function countTokens(text: string): number {
  return Math.max(o200k(text), cl100k(text))
}

/** Many kinds of text: few characters can be many tokens. */
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.base64String({ maxLength: 3_000 }),
  fc.uuid(),
  fc.constantFrom(
    'Opening hours are from nine to five. '.repeat(40),
    '東京都千代田区丸の内一丁目九番一号'.repeat(60),
    '👨‍👩‍👧❤️🇧🇪'.repeat(50),
    'ข้อมูลส่วนบุคคล'.repeat(40),
    '\u202e\u200b\u{e0049}'.repeat(60),
    'Öffnungszeiten außerhalb der Schulferien: geänderte Bürgermeisterstraßen. '.repeat(20),
    'Ώρες λειτουργίας καταστήματος '.repeat(20),
    'часы работы магазина '.repeat(30),
    '鼴鼵鼶龘龜龝龞龡㐀㐁㐂㐃'.repeat(30),
    'qzxvkj wqpfgh zxcvbq '.repeat(40),
    'deadBEEF0123456789abcdef'.repeat(30),
    '\\"'.repeat(300),
    '0123456789'.repeat(300),
    '\n\t'.repeat(500),
    'x'.repeat(20_000),
  ),
)

const json = fc.oneof(
  text,
  fc.array(text, { maxLength: 4 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
)

const table = fc.record({
  columns: fc.uniqueArray(
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }),
      text.filter((name) => name.length > 0 && name.length < 150),
    ),
    { minLength: 1, maxLength: 8 },
  ),
  values: fc.array(text, { minLength: 1, maxLength: 24 }),
  json: fc.array(json, { maxLength: 4 }),
})

/** Storable in PostgreSQL: well-formed, without NUL. */
function storable<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll('\\u0000', '')
      .replace(/\\ud[89a-f]../g, ''),
  )
}

it('no result takes more tokens than allowed, as the tokenizer counts them', {
  timeout: 120_000,
}, async () => {
  let answers = 0
  let withRows = 0
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 500, max: 6_000 }),
      fc.constantFrom('concise' as const, 'detailed' as const),
      async (given, max_tokens, format) => {
        const { columns, values, json } = storable(given)
        const names = [...new Set(columns)].filter((name) => name !== '' && name !== 'j')
        emulator.reset()
        emulator.tables.create({
          name: 'odd',
          description: values[0] ?? '',
          columns: [...names.map((name) => ({ name, type: 'text' })), { name: 'j', type: 'jsonb' }],
          records: Array.from({ length: 30 }, (_, row) => ({
            ...Object.fromEntries(
              names.map((name, i) => [name, values[(row + i) % values.length] ?? null]),
            ),
            j: json[row % Math.max(1, json.length)] ?? null,
          })),
        })
        await caller.call('list_tables', {})
        const query = { table: 'odd', max_tokens, format }
        const wrong = String(values.at(-1))
        const within = [
          await caller.call('query_records', query),
          await caller.call('query_records', {
            ...query,
            group_by: names.slice(0, 2).map((n) => `"${n}"`),
          }),
          await caller.call('query_records', { ...query, where: { [wrong]: wrong } }),
          await caller.call('describe_table', query),
          await caller.call('query_sql', { sql: 'select * from odd', max_tokens }),
          await caller.call('compare_tables', { a: 'odd', max_tokens }),
          await caller.call('query_sql', {
            sql: `select '${wrong.replaceAll("'", '')}`,
            max_tokens,
          }),
        ]
        const rows = [{ j: json[0] ?? null }, { j: wrong }]
        const fixed = [
          await caller.call('list_tables', { format }),
          await caller.call('delete_records', { table: 'odd', all: true, dry_run: true }),
          await caller.call('insert_records', { table: 'odd', records: rows, dry_run: true }),
          await caller.call('update_records', {
            table: 'odd',
            all: true,
            set: { j: json },
            dry_run: true,
          }),
        ]
        const write = await caller.call(
          'update_records',
          { table: 'odd', all: true, set: { j: [wrong] }, note: wrong.slice(0, 500) },
          { client: wrong },
        )
        const { change_set } = write.data
        for (let n = 0; n < 3; n++) {
          const note = values[n % values.length]?.slice(0, 500)
          await caller.call('insert_records', { table: 'odd', records: [{ j: n }], note })
        }
        fixed.push(
          write,
          await caller.call('list_changes', { table: 'odd' }),
          await caller.call('list_changes', { change_set, limit: 100 }),
          await caller.call('undo_changes', { change_set, dry_run: true }),
          await caller.call('undo_changes', { change_set }),
        )
        for (const [list, most] of [
          [within, max_tokens],
          [fixed, 4_000],
        ] as const) {
          for (const { data, text: shown } of list) {
            answers++
            if (Array.isArray(data.rows) && data.rows.length > 0) withRows++
            expect(countTokens(JSON.stringify(data))).toBeLessThanOrEqual(most)
            expect(countTokens(shown)).toBeLessThanOrEqual(most)
          }
        }
      },
    ),
    { numRuns: RUNS, seed: 6 },
  )
  expect(answers).toBe(RUNS * 16)
  expect(withRows).toBeGreaterThan(RUNS)
})

/** Tables of one kind of content each, as people have them. */
const KINDS: Readonly<Record<string, (n: number) => unknown>> = {
  prose: (n) => `The shop on corner ${n} sells bread, butter and cheese from early in the morning.`,
  german: (n) => `Geschäftsstelle ${n}: geänderte Öffnungszeiten außerhalb der Schulferien.`,
  japanese: (n) => `東京都千代田区丸の内一丁目${n}番一号の営業時間`,
  greek: (n) => `Ώρες λειτουργίας καταστήματος ${n}`,
  thai: (n) => `ข้อมูลส่วนบุคคล ${n}`,
  emoji: (n) => `👨‍👩‍👧❤️🇧🇪 ${n}`,
  uuid: (n) => `3f2b8c1a-9d4e-4f6a-8b7c-0e1d2f3a4b5${n % 10}`,
  hex: (n) => (n * 2_654_435_761).toString(16).padStart(32, 'b4'),
  base64: (n) => Buffer.from(`key ${n * 7_919} of a customer`).toString('base64'),
  numbers: (n) => n * 1_234_567,
  decimals: (n) => `${n * 37}.${n % 97}5`,
  flags: (n) => (n % 3 === 0 ? null : n % 2 === 0),
  phones: (n) => `+32 9 ${200 + (n % 700)} ${10 + (n % 80)} 11`,
  dates: (n) => `2026-${String((n % 12) + 1).padStart(2, '0')}-11T09:${10 + (n % 49)}:00.000Z`,
  json: (n) => ({ n, tags: ['a', `b${n}`], open: true }),
  signs: (n) => `${n}: <b>"it's"</b> | {x} [y] \\ / \t`,
}

it('a result that is cut takes at least nine tenths of its budget, for all kinds of content', async () => {
  const RECORDS = 500
  for (const [kind, value] of Object.entries(KINDS)) {
    emulator.reset()
    emulator.tables.create({
      name: 'kind',
      columns: [
        { name: 'a', type: 'jsonb' },
        { name: 'b', type: 'jsonb' },
      ],
      records: Array.from({ length: RECORDS }, (_, n) => ({ a: value(n), b: value(n + 1) })),
    })
    // A comparison with an empty version shows few records.
    emulator.tables.insert('kind', [{ a: 'only in LIVE' }], 'LIVE')
    await caller.call('list_tables', {})
    for (const max_tokens of [500, 4_000]) {
      const answers = [
        await caller.call('query_records', { table: 'kind', limit: RECORDS, max_tokens }),
        await caller.call('query_records', {
          ...{ table: 'kind', select: ['b'], limit: RECORDS, max_tokens },
        }),
        await caller.call('query_sql', {
          ...{ sql: 'select a, b from kind', max_rows: RECORDS, max_tokens },
        }),
        await caller.call('query_records', {
          ...{ table: 'kind', group_by: ['a'], limit: RECORDS, max_tokens },
        }),
        await caller.call('compare_tables', { a: 'kind', max_tokens }),
      ]
      for (const { data } of answers) {
        const tokens = countTokens(JSON.stringify(data))
        expect({ kind, tokens, isWithin: tokens <= max_tokens }).toMatchObject({ isWithin: true })
        if (data.truncated !== true) continue
        const { rows } = (data.only_in_a ?? data) as { rows: unknown[] }
        const row = Math.max(...rows.map((one) => countTokens(JSON.stringify(one))))
        const isFull = tokens >= Math.min(max_tokens * 0.9, max_tokens - row - 1)
        expect({ kind, max_tokens, tokens, row, isFull }).toMatchObject({ isFull: true })
      }
    }
  }
})
