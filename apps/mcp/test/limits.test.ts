import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../src/settings.ts'
import { isWriter } from '../src/tools/define-tool.ts'
import { TOOLS, type ToolName } from '../src/tools/registry.ts'
import { type Caller, openCaller, type SessionResult } from './session.ts'

const SECRET = 'hidden-value-73'
const MASKED = 'masked-value-41'
const ALLOW_ALL = { bulk: 'allow', live: 'allow', delete: 'allow' } as const

let emulator: Emulator
let folder: string
let before: string
const callers: Caller[] = []

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'leads',
        columns: [
          { name: 'name', type: 'text' },
          { name: 'email', type: 'text' },
          { name: 'phone', type: 'text' },
          { name: 'age', type: 'int' },
          { name: 'score', type: 'int' },
        ],
        records: [
          { name: 'Ann', email: SECRET, phone: MASKED, age: 30 },
          { name: 'Bob', email: 'x', phone: 'y', age: 40 },
        ],
      },
      {
        name: 'private_notes',
        columns: [{ name: 'secret_note', type: 'text' }],
        records: [{ secret_note: SECRET }],
      },
    ],
  })
})

beforeEach(async () => {
  emulator.reset()
  before = stored()
  folder = await mkdtemp(join(tmpdir(), 'mcp-limits-'))
  await writeFile(join(folder, 'email.csv'), 'name,email\nAnn,z\n')
  await writeFile(join(folder, 'phone.csv'), 'name,phone\nAnn,z\n')
  await writeFile(join(folder, 'name.csv'), 'name\nCarl\n')
})

afterEach(async () => {
  await Promise.all(callers.splice(0).map((caller) => caller.close()))
  await rm(folder, { recursive: true })
})

afterAll(() => emulator.close())

function open(settings: Partial<Settings>): Caller {
  const caller = openCaller(
    emulator,
    { files: [folder], ...settings },
    { XDG_STATE_HOME: join(folder, 'state') },
  )
  callers.push(caller)
  return caller
}

function stored(): string {
  const all = emulator.tables
    .list()
    .map(({ name }) => [
      emulator.tables.records(name, 'DRAFT'),
      emulator.tables.records(name, 'LIVE'),
    ])
  return JSON.stringify(all)
}

function idsOf(table: string): string[] {
  return emulator.tables.records(table).map(({ id }) => id)
}

/** One call of each tool on a table; `column` wherever a tool takes one. */
function callsOn(table: string, column = 'name'): [ToolName, Record<string, unknown>][] {
  return [
    ['describe_table', { table }],
    ['query_records', { table }],
    ['insert_records', { table, records: [{ [column]: 'x' }] }],
    ['update_records', { table, all: true, set: { [column]: 'x' } }],
    ['upsert_records', { table, key: [column], records: [{ [column]: 'x' }] }],
    ['delete_records', { table, all: true, dry_run: true }],
    ['delete_records', { table, all: true }],
    ['import_file', { table, file: 'name.csv' }],
    ['export_file', { table, file: 'out.csv' }],
  ]
}

/** Every argument that can name a column. */
function callsWith(column: string): [ToolName, Record<string, unknown>][] {
  const table = 'leads'
  const quoted = `"${column}"`
  const wheres = [column, quoted].flatMap((name) => [
    { [name]: SECRET },
    { [name]: { startsWith: 'h' } },
    { [name]: null },
    { not: { [name]: { isNull: true } } },
    { or: [{ name: 'Ann' }, { and: [{ [name]: { ne: 'x' } }] }] },
    { or: JSON.stringify([{ [name]: SECRET }]) },
  ])
  const queries: Record<string, unknown>[] = [column, quoted].flatMap((name) => [
    { sort: [{ column: name }] },
    { group_by: [name] },
    { aggregate: [`count(${name})`] },
    { aggregate: [`distinct:${name}`] },
    { aggregate: [`min(${name})`], group_by: ['name'] },
  ])
  const [id = ''] = idsOf('leads')
  return [
    ...wheres.flatMap((where): [ToolName, Record<string, unknown>][] => [
      ['query_records', { table, where }],
      ['query_records', { table, where, limit: 0 }],
      ['query_records', { table, where: JSON.stringify(where) }],
      ['query_records', { table, where, aggregate: ['count'] }],
      ['update_records', { table, where, set: { name: 'x' }, dry_run: true }],
      ['update_records', { table, where, set: { name: 'x' } }],
      ['delete_records', { table, where, dry_run: true }],
      ['export_file', { table, where, file: 'out.csv' }],
    ]),
    ...queries.map((query): [ToolName, Record<string, unknown>] => [
      'query_records',
      { table, ...query },
    ]),
    ['update_records', { table, ids: [id], set: { [column]: SECRET }, dry_run: true }],
    ['update_records', { table, ids: [id], set: { [column]: SECRET } }],
    ['update_records', { table, ids: [id], set: { name: 'x', [column]: SECRET } }],
    ['upsert_records', { table, key: [column], records: [{ [column]: SECRET, name: 'x' }] }],
    ['upsert_records', { table, key: 'name', records: [{ name: 'Ann', [column]: SECRET }] }],
    ['import_file', { table, file: `${column}.csv`, mode: 'upsert', key: 'name' }],
    ['import_file', { table, file: `${column}.csv`, mode: 'upsert', key: 'name', dry_run: true }],
    ['import_file', { table, file: `${column}.csv`, mode: 'replace', key: [column] }],
    ['export_file', { table, file: 'out.csv', select: ['name', column] }],
    ['export_file', { table, file: 'out.csv', sort: [{ column }] }],
  ]
}

async function expectRefused(caller: Caller, [tool, args]: [ToolName, Record<string, unknown>]) {
  const answer = await caller.call(tool, args)
  expect({ tool, args, ...answer }).toMatchObject({ isError: true })
  expect(stored()).toBe(before)
  return answer
}

async function expectNoExport() {
  expect(await readdir(folder)).not.toContain('out.csv')
}

describe('--tables', () => {
  it('makes every other table one that is not there, for every tool', async () => {
    const caller = open({ tables: ['leads'], allowLive: true })
    const [id = ''] = emulator.tables.list().flatMap(({ name, id }) => (name === 'leads' ? [] : id))
    for (const table of ['private_notes', id, 'private_notes@live', ':private_notes']) {
      for (const call of callsOn(table, 'secret_note')) {
        const { whole, data } = await expectRefused(caller, call)
        expect(data.error).toMatchObject({ code: 'NOT_FOUND' })
        expect(whole).not.toContain('secret_note')
        // In the same words as for a table that there never was.
        const missing = await caller.call(call[0], {
          ...call[1],
          table: table.replace(/[a-f]/, 'q'),
        })
        expect(missing.data.error).toMatchObject({ code: 'NOT_FOUND' })
      }
    }
    await expectNoExport()
  })

  it('suggests and lists visible tables alone', async () => {
    const caller = open({ tables: ['leads'] })
    expect((await caller.call('describe_table', { table: 'private_note' })).text).not.toContain(
      'private_notes',
    )
    const { data } = await caller.call('list_tables', {})
    expect(data).toMatchObject({ total: 1, tables: [{ name: 'leads' }] })
  })
})

describe('--hide-columns', () => {
  it('keeps a column out of every answer', async () => {
    const caller = open({ hideColumns: ['leads.email', '*.secret_note'], allowLive: true })
    const answers: SessionResult[] = [
      await caller.call('list_tables', { format: 'detailed' }),
      await caller.call('describe_table', { table: 'leads', format: 'detailed' }),
      await caller.call('query_records', { table: 'leads', format: 'detailed' }),
      await caller.call('query_records', { table: 'leads', group_by: ['name'] }),
      await caller.call('delete_records', { table: 'leads', all: true, dry_run: true }),
      await caller.call('delete_records', { table: 'leads', all: true }, { canAsk: true }),
      await caller.call('update_records', {
        ...{ table: 'leads', all: true, set: { name: 'x' }, dry_run: true },
      }),
      await caller.call('insert_records', {
        ...{ table: 'leads@live', records: [{ name: 'x' }], dry_run: true },
      }),
      await caller.call('upsert_records', {
        ...{ table: 'leads', key: 'name', records: [{ name: 'Ann', age: 1 }], dry_run: true },
      }),
      await caller.call('query_records', { table: 'leads', where: { emial: 'x' } }),
      await caller.call('query_records', { table: 'leads', where: { zzz: 'x' } }),
      await caller.call('export_file', { table: 'leads', file: 'all.csv' }),
    ]
    for (const { whole } of answers) {
      expect(whole).not.toContain(SECRET)
      expect(whole).not.toContain('email')
      expect(whole).not.toContain('secret_note')
    }
    expect(await readFile(join(folder, 'all.csv'), 'utf8')).toBe(
      `name,phone,age,score\nAnn,${MASKED},30,\nBob,y,40,\n`,
    )
  })

  it('refuses it in every argument, as if there were no such column', async () => {
    const caller = open({ hideColumns: ['leads.email'] })
    const calls = [
      ...callsWith('email'),
      ['query_records', { table: 'leads', select: ['name', 'email'] }],
      ['query_records', { table: 'leads', select: ['"email"'] }],
      ['insert_records', { table: 'leads', records: [{ name: 'x', email: 'y' }] }],
      ['import_file', { table: 'leads', file: 'email.csv' }],
    ] as [ToolName, Record<string, unknown>][]
    for (const call of calls) {
      const { text } = await expectRefused(caller, call)
      expect(text).toMatch(/no column "email"|not in the table|none of the table/)
    }
    await expectNoExport()
  })

  it('gives the same errors for a hidden column as for a missing one', async () => {
    const caller = open({ hideColumns: ['leads.email', 'leads.age'], confirm: ALLOW_ALL })
    // Rows that have the name in a value, in a cell that is not of its type, and in the header.
    const rowsOf = (name: string) => [
      { name, phone: `${name}, ${'9'.repeat(99)}` },
      { phone: name },
    ]
    const callsNaming = async (name: string): Promise<[ToolName, Record<string, unknown>][]> => {
      const files = {
        [`${name}.csv`]: `name,${name}\nAnn,z\n`,
        'header.csv': `name,${name}\nAnn,z\n`,
        'cell.csv': `name,score\n${name},${name}\n`,
        'header.json': `[{"name":"a","${name}":1}]`,
        'twice.csv': `${name},${name}\n1,2\n`,
      }
      for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
      const table = 'leads'
      return [
        ...callsWith(name),
        ...['header.csv', 'cell.csv', 'header.json', 'twice.csv'].flatMap(
          (file): [ToolName, Record<string, unknown>][] => [
            ['import_file', { table, file }],
            ['import_file', { table, file, dry_run: true }],
            ['import_file', { table, file, mode: 'upsert', key: 'name' }],
          ],
        ),
        ['query_records', { table, select: ['name', name] }],
        ['query_records', { table, where: { name: { [name]: 1 } } }],
        ['query_sql', { sql: `select ${name} from leads` }],
        ['query_sql', { sql: `select "${name}x", ${name} from leads` }],
        [
          'insert_records',
          { table, records: rowsOf(name).map((row) => ({ ...row, score: name })) },
        ],
        ['insert_records', { table, records: [{ [name]: 'x' }] }],
        ['list_changes', { table, since: name }],
        ['describe_table', { table: name }],
      ]
    }
    const collectErrors = async (name: string) => {
      const texts: string[] = []
      for (const [tool, args] of await callsNaming(name)) {
        emulator.reset()
        const { whole, data } = await caller.call(tool, args)
        const alike = `${tool} ${JSON.stringify(args)}: ${whole}`
          .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'ID')
          .replaceAll(String(data.job ?? name), 'JOB')
          // Reports of earlier imports of the file keep their names.
          .replaceAll(/\.(rejected|errors)-\d+\./g, '.$1.')
        texts.push(alike.replaceAll(name, 'X'))
      }
      // Refused by the gateway, in words that quote what was sent.
      for (const row of rowsOf(name)) {
        emulator.faults.set([{ kind: 'status', status: 400 }])
        const { whole } = await caller.call('insert_records', { table: 'leads', records: [row] })
        texts.push(whole.replaceAll(name, 'X'))
        emulator.faults.set([])
      }
      return texts
    }
    const missing = await collectErrors('xqzwk')
    expect(await collectErrors('email')).toEqual(missing)
    expect(missing.join()).not.toContain('email')
  })

  it('keeps the gateway from telling of it', async () => {
    const caller = open({ hideColumns: ['leads.email'] })
    await caller.call('list_tables', {})
    emulator.tables.drop('leads')
    emulator.tables.create({ name: 'leads', columns: [{ name: 'email', type: 'text' }] })
    // The definition that the policy saw is out of date: the client's error names what is there now.
    const { text } = await caller.call('query_records', { table: 'leads', select: ['name'] })
    expect(text).not.toContain('email')
  })

  it('shows nothing at all while it names a column that is not there', async () => {
    for (const settings of [
      { hideColumns: ['leads.emial'] },
      { maskColumns: ['lead.email'] },
      { tables: ['leads', 'stroes'] },
    ]) {
      const caller = open(settings)
      for (const call of [['list_tables', {}], ...callsOn('leads')] as ReturnType<typeof callsOn>) {
        const answer = await expectRefused(caller, call)
        expect(answer.data.error).toMatchObject({ code: 'CONFIGURATION' })
      }
      expect(caller.log()).toContain(Object.values(settings).flat().at(-1))
    }
  })
})

describe('--mask-columns', () => {
  it('shows the column but not its values', async () => {
    const caller = open({ maskColumns: ['leads.phone'] })
    const answers: SessionResult[] = [
      await caller.call('describe_table', { table: 'leads', format: 'detailed' }),
      await caller.call('query_records', { table: 'leads' }),
      await caller.call('query_records', { table: 'leads', select: ['phone'] }),
      await caller.call('delete_records', { table: 'leads', all: true, dry_run: true }),
      await caller.call('delete_records', { table: 'leads', all: true }, { canAsk: true }),
      await caller.call('upsert_records', {
        ...{ table: 'leads', key: 'name', records: [{ name: 'Ann', age: 1 }], dry_run: true },
      }),
      await caller.call('export_file', { table: 'leads', file: 'all.csv' }),
    ]
    for (const { whole } of answers) expect(whole).not.toContain(MASKED)
    for (const { whole } of answers.slice(0, 3)) expect(whole).toContain('phone')
    expect(answers[1]?.whole).toContain('[masked]')
    expect(await readFile(join(folder, 'all.csv'), 'utf8')).not.toContain(MASKED)
  })

  it('rejects uses that would reveal its values', async () => {
    const caller = open({ maskColumns: ['*.phone'] })
    for (const call of callsWith('phone')) await expectRefused(caller, call)
    await expectNoExport()
  })

  it('allows values in new records', async () => {
    const caller = open({ maskColumns: ['leads.phone'] })
    const records = [{ name: 'New', phone: '1' }]
    const { data } = await caller.call('insert_records', { table: 'leads', records })
    expect(data).toMatchObject({ inserted: 1 })
    expect(emulator.tables.records('leads').at(-1)?.values.phone).toBe('1')
  })
})

describe('--read-only, --allow-live and --tools', () => {
  const writers: readonly ToolName[] = TOOLS.filter(
    (tool) => isWriter(tool) && tool.name !== 'export_file',
  ).map(({ name }) => name)

  it('prevent writes of tools that are not allowed, even if called', async () => {
    const modes: [Partial<Settings>, string][] = [
      [{ readOnly: true }, 'leads'],
      [{}, 'leads@live'],
      [{ tools: ['query_records'] }, 'leads'],
    ]
    for (const [settings, table] of modes) {
      const caller = open(settings)
      for (const call of callsOn(table).filter(([name]) => writers.includes(name))) {
        await expectRefused(caller, call)
      }
    }
  })
})
