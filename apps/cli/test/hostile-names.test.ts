/**
 * Runs every command on a terminal, on a bot whose names and values contain control characters. The list of
 * commands comes from the program, so that a new one cannot be missed.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { COMMANDS, type CommandName } from '../src/commands/index.ts'
import type { CommandDefinition } from '../src/define-command.ts'
import { connectionTo, type Env, makeFolder } from './cli.ts'
import { runHere } from './in-process.ts'
import { runAtTerminal } from './pretended-terminal.ts'

/** OSC 52, colors, clear screen, C1, a bell, bidirectional overrides, tags, a separate line. */
const EVIL =
  'e\u001b]52;c;aGk=\u0007\u001b[31m\u001b[2J\u009b2J\u009d0;t\u009c\u007f\b\u202e\u2066\u061c\u{e0041}\u2028\r\nFORGED'
const [TABLE, COLUMN, VALUE] = [`t${EVIL}`, `c${EVIL}`, `v${EVIL}`]
const QUOTED = `"${COLUMN}"`

let emulator: Emulator
let folder: string
let remove: () => Promise<void>
let env: Env
let before: string | undefined

beforeAll(async () => {
  ;({ folder, remove } = await makeFolder())
  before = process.env.HOME
  // Where commands search for configurations of other programs.
  process.env.HOME = folder
  emulator = await startEmulator({
    tables: [
      {
        name: TABLE,
        description: `d${EVIL}`,
        columns: [
          { name: COLUMN, type: 'text' },
          { name: 'n', type: 'int' },
          { name: `j${EVIL}`, type: 'jsonb' },
        ],
        records: Array.from({ length: 12 }, (_, n) => ({
          [COLUMN]: `${VALUE}${n}`,
          n,
          [`j${EVIL}`]: { [EVIL]: [EVIL] },
        })),
      },
      { name: 'plain', columns: [{ name: 'a', type: 'text' }] },
    ],
  })
  env = {
    ...connectionTo(emulator),
    NO_COLOR: '1',
    ...Object.fromEntries(
      ['CONFIG', 'STATE', 'CACHE'].map((name) => [`XDG_${name}_HOME`, join(folder, name)]),
    ),
  }
  const profiles = join(folder, 'CONFIG', 'chatlayer-tables', 'profiles')
  mkdirSync(profiles, { recursive: true })
  const profile = { format: 1, baseUrl: emulator.url, teamId: EVIL, botId: EVIL, token: 'file' }
  writeFileSync(join(profiles, 'evil.json'), JSON.stringify(profile))
  writeFileSync(join(profiles, 'broken.json'), JSON.stringify({ ...profile, [EVIL]: EVIL }))
  writeFileSync(
    file('rows.csv'),
    `${QUOTED},n\n"${VALUE}0",0\n"${VALUE}new",77\n"${VALUE}1","x${EVIL}"\n`,
  )
  writeFileSync(file('odd.csv'), `${QUOTED},"q${EVIL}"\n"${VALUE}1",2\n`)
  writeFileSync(file('bad.json'), `[{"${EVIL}`)
  writeFileSync(file('project.yaml'), JSON.stringify(PROJECT()))
  writeFileSync(file('bad.yaml'), JSON.stringify({ ...PROJECT(), [EVIL]: EVIL }))
})
afterAll(async () => {
  if (before === undefined) delete process.env.HOME
  else process.env.HOME = before
  await emulator.close()
  await remove()
})

/** A file with a hostile name, as far as the file system allows. */
function file(name: string): string {
  return join(folder, `f${EVIL.replaceAll('/', '')}${name}`)
}

/** JSON is YAML too. */
const PROJECT = () => ({
  syncs: { [`s${EVIL}`]: { from: file('rows.csv'), to: `${TABLE}@draft`, key: COLUMN } },
  schema: { [TABLE]: { [COLUMN]: 'text', [`x${EVIL}`]: 'int' } },
  checks: { [TABLE]: [`max("${COLUMN}") = '${EVIL.replaceAll("'", '')}'`] },
})

interface Line {
  readonly args: readonly string[]
  readonly env?: Env
  readonly answer?: string
  readonly interruptAt?: RegExp
  /** Whether line breaks in values are kept, as in CSV. */
  readonly breaksLines?: boolean
}

type Lines = () => readonly Line[] | Promise<readonly Line[]>

const line = (...args: string[]): Line => ({ args })
const WHERE = ['--where', `${QUOTED} startswith v`]

const LINES: Readonly<Partial<Record<CommandName, Lines>>> = {
  'tables list': () => [
    line('--verbose'),
    line('--ndjson'),
    { args: ['--csv'], breaksLines: true },
    line('--json', EVIL),
    line('--jq', '.[]'),
    line('--jq', `.${EVIL}`),
    line('--base-url', `http://127.0.0.1:1/${EVIL}`),
    line('--base-url', emulator.url, '--team', EVIL),
    line('--region', EVIL),
    line('--profile', 'evil'),
    line('--profile', 'broken'),
    line('--profile', EVIL),
    line('--token-file', file('none')),
    line(`--${EVIL}`),
    { args: [], env: { CHATLAYER_BASE_URL: EVIL } },
    { args: [], env: { CHATLAYER_TABLE_VERSION: EVIL } },
    { args: [], env: { CHATLAYER_JOURNAL_DAYS: EVIL } },
  ],
  init: () => [
    line('--file', file('made.yaml')),
    line('--file', file('made.yaml')),
    line('--file', join(folder, EVIL, EVIL)),
    line('--stdout'),
    line(`--${EVIL}`),
  ],
  plan: () => projectLines(['--markdown'], ['--out', join(folder, EVIL, EVIL)]),
  apply: () => projectLines(['--plan', file('bad.json')]),
  run: () => projectLines([], [`s${EVIL}`]),
  'schema pull': () => [
    line(TABLE),
    line(EVIL),
    line('-o', file('schema.yaml')),
    line('-o', join(folder, EVIL, EVIL)),
  ],
  'schema check': () => [...projectLines(), line(file('schema.yaml')), line(EVIL)],
  'schema json': () => [line('-o', join(folder, EVIL, EVIL)), line(`--${EVIL}`)],
  'tables get': () => [line(TABLE), line(`no${EVIL}`), line(`${EVIL}:x`)],
  'records list': () => [
    line(TABLE),
    line(TABLE, '--ndjson'),
    { args: [TABLE, '--csv'], breaksLines: true },
    line(TABLE, ...WHERE, '--explain'),
    line(TABLE, '--where', `"no${EVIL}" = 1`),
    line(TABLE, '--where', EVIL),
    line(TABLE, '--filter', EVIL),
    line(TABLE, '--sort', QUOTED, '--select', QUOTED),
    line(TABLE, '--json', `"${EVIL}"`),
    line(TABLE, '--limit', EVIL),
  ],
  'records count': () => [line(TABLE, ...WHERE), line(TABLE, '--explain', ...WHERE)],
  'records get': () => [line(TABLE, EVIL), line(TABLE, ids()[0] ?? '', '--verbose')],
  'records watch': () => [
    { args: [TABLE, '--interval', '100ms'], interruptAt: /12 records at/ },
    line(TABLE, '--for', EVIL),
  ],
  'records insert': () => [
    line(TABLE, '--set', `${COLUMN}=${VALUE}`, '--set', 'n=4'),
    line(TABLE, '--set', `${COLUMN}=${VALUE}`, '--dry-run'),
    line(TABLE, '--set', `n=${EVIL}`, '--yes'),
    line(TABLE, '--set', `no${EVIL}=1`, '--yes'),
    line(TABLE, '--data', EVIL),
  ],
  'records upsert': () => [
    line(TABLE, '--key', QUOTED, '--set', `${COLUMN}=${VALUE}0`, '--set', 'n=5'),
    line(TABLE, '--key', QUOTED, '--set', `${COLUMN}=${VALUE}0`, '--set', 'n=5', '--dry-run'),
    line(TABLE, '--key', `"no${EVIL}"`, '--set', 'n=5', '--yes'),
  ],
  'records update': () => [
    line(TABLE, ...WHERE, '--set', `${COLUMN}=w${EVIL}`),
    line(TABLE, ...WHERE, '--set', `${COLUMN}=w${EVIL}`, '--dry-run'),
    line(TABLE, ...WHERE, '--set-sql', `n=${EVIL}`, '--dry-run'),
    line(TABLE, ...WHERE, '--set-sql', `no${EVIL}=1`, '--dry-run'),
    line(TABLE, '--id', ids()[0] ?? '', '--set', 'n=100', '--yes', '--note', EVIL),
    line(TABLE, '--id', EVIL, '--set', 'n=100', '--yes'),
  ],
  'records delete': () => [
    line(TABLE, '--all'),
    line(TABLE, '--all', '--dry-run'),
    line(TABLE, ...WHERE, '--explain'),
  ],
  import: () => [
    line(TABLE, file('rows.csv'), '--check'),
    line(TABLE, file('rows.csv')),
    line(TABLE, file('rows.csv'), '--mode', 'replace', '--key', QUOTED),
    line(TABLE, file('odd.csv')),
    line(TABLE, file('odd.csv'), '--ignore', `q${EVIL}`, '--verbose'),
    line(TABLE, file('odd.csv'), '--map', EVIL),
    line(TABLE, file('bad.json')),
    line(TABLE, file('none')),
    line(TABLE, file('rows.csv'), '--encoding', EVIL),
    line(TABLE, file('rows.csv'), '--out-dir', file('none')),
  ],
  'jobs list': () => [line()],
  'jobs show': async () => [...(await jobs()).map((job) => line(job)), line(EVIL)],
  'jobs resume': async () => [...(await jobs()).map((job) => line(job)), line(), line(EVIL)],
  'jobs rm': () => [line(EVIL), line('--done'), line()],
  'jobs logs': () => [line(EVIL), line('a', '--lines', EVIL)],
  'jobs cancel': () => [line(EVIL)],
  diff: () => [
    line(`:${TABLE}`, file('rows.csv'), '--key', QUOTED),
    line(`:${TABLE}@draft`, `:${TABLE}@live`, '--verbose'),
    line(`:${TABLE}`, file('odd.csv')),
    line(`:${TABLE}`, `evil:${TABLE}`),
    line(`:${TABLE}`, `${EVIL}:x`),
  ],
  sync: () => [
    line(file('rows.csv'), `:${TABLE}@draft`, '--key', QUOTED),
    line(`:${TABLE}@draft`, `:${TABLE}@live`, '--dry-run', '--key', QUOTED),
    line(`:${TABLE}@draft`, `:${TABLE}@live`, '--key', QUOTED),
    line(`:${TABLE}@draft`, `:${TABLE}@live`, '--key', QUOTED, '--yes'),
  ],
  'changes list': () => [
    line(),
    line('--table', TABLE),
    line('--since', EVIL),
    line('--job', EVIL),
  ],
  'changes show': async () => [...(await changes()).map((id) => line(id)), line(EVIL)],
  'changes undo': async () => [
    ...(await changes()).flatMap((id) => [line(id, '--dry-run'), line(id)]),
    line(EVIL),
    line('--job', EVIL),
  ],
  'changes prune': () => [line(), line('--older-than', EVIL)],
  infer: () => [line(file('rows.csv')), line(file('odd.csv')), line(file('none'))],
  export: () => [
    { args: [TABLE], breaksLines: true },
    { args: [TABLE, '--format', 'tsv'], breaksLines: true },
    line(TABLE, '--format', 'ndjson'),
    line(TABLE, '--format', 'json'),
    line(TABLE, '-o', file('out.csv')),
    line(TABLE, '-o', join(file('none'), 'out.csv')),
    line(TABLE, '--select', `"no${EVIL}"`),
  ],
  'auth login': () => [
    // A rejected answer is asked for again, with the first answer as default.
    { args: ['--profile', 'again', '--team', EVIL, '--bot', EVIL], interruptAt: /Region of your/ },
    line('--profile', EVIL),
    line('--profile', 'again', '--no-keychain', '--note'),
  ],
  'auth status': () => [line(), line('--profile', 'evil'), line('--profile', 'broken')],
  'auth list': () => [line()],
  'auth switch': () => [line('evil'), line(EVIL), line('broken')],
  'auth logout': () => [line(EVIL), line('again')],
  doctor: () => [
    line('--no-probe'),
    line('--profile', 'evil'),
    line('--profile', 'broken'),
    line('--scratch-table', `no${EVIL}`),
    { args: [], env: { CHATLAYER_PROFILE: 'evil', CHATLAYER_TOKEN: undefined } },
    { args: [], env: { XDG_STATE_HOME: file('none'), CHATLAYER_BOT_ID: EVIL } },
  ],
  try: () => [line('--', `/nonexistent/${EVIL}`)],
  backup: () => [
    line('-o', file('backup.zip')),
    line('-o', join(file('none'), 'backup.zip')),
    line(`no${EVIL}`, '-o', file('other.zip')),
    line('--versions', EVIL),
  ],
  'backup show': () => [line(file('backup.zip')), line(file('none')), line(file('rows.csv'))],
  'backup verify': () => [line(file('backup.zip')), line(file('none')), line(file('rows.csv'))],
  restore: () => [
    line(file('backup.zip'), '--dry-run'),
    line(file('backup.zip'), TABLE, '--mode', 'replace'),
    line(file('backup.zip'), TABLE, '--mode', 'append', '--yes'),
    line(file('backup.zip'), `no${EVIL}`),
    line(file('backup.zip'), '--map', EVIL),
    line(file('none')),
  ],
  sql: () => [
    line(`SELECT * FROM "${TABLE}" LIMIT 3`),
    { args: [`SELECT * FROM "${TABLE}" LIMIT 3`, '--csv'], breaksLines: true },
    line(`SELECT * FROM "${TABLE}"`, '--explain'),
    line(`SELECT "no${EVIL}" FROM "${TABLE}"`),
    line(`SELECT * FROM "no${EVIL}"`),
    line(EVIL),
    line('SELECT 1', '--attach', `x=${file('none')}`),
    line('SELECT 1', '--attach', EVIL),
    line('SELECT 1', '--param', EVIL),
  ],
  profile: () => [line(TABLE), line(TABLE, '--columns', `"no${EVIL}"`), line(`no${EVIL}`)],
  types: () => [
    line(),
    line(TABLE),
    line('-o', file('types.ts')),
    line(TABLE, '-o', file('types.ts'), '--check'),
    line('-o', file('none.ts'), '--check'),
  ],
  'mcp install': () => [
    line('--client', 'cursor', '--print', '--name', EVIL),
    line('--client', 'cursor', '--name', EVIL, '--bot', EVIL, '--', `--x${EVIL}`),
    line('--client', 'cursor', '--name', EVIL, '--yes'),
    line('--client', 'cursor', '--name', EVIL, '--remove'),
    line('--client', EVIL),
  ],
  completion: () => [line('bash'), line(EVIL)],
  emulator: () => [line('--seed', file('none')), line(EVIL), line('--help')],
  // With a database, it waits for jobs.
  worker: () => [
    line(),
    line(EVIL),
    line('--metrics', EVIL),
    line('--name', EVIL),
    line('--file', file(`none${EVIL}`)),
  ],
  // With a table, it waits for the browser.
  open: () => [line(EVIL), line(TABLE, '--port', EVIL), line(TABLE, `--${EVIL}`)],
}

function ids(): string[] {
  return emulator.tables.records(TABLE).map(({ id }) => id)
}

async function listed(...args: string[]): Promise<string[]> {
  const { stdout } = await runHere([...args, '--json'], { env })
  return (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)
}

function projectLines(...more: readonly string[][]): Line[] {
  const options = [[], ['--overlay', EVIL], ['--only', EVIL], ['--allow', EVIL], ...more]
  return [
    ...options.map((some) => line('--file', file('project.yaml'), ...some)),
    line('--file', file('bad.yaml')),
    line('--file', file('none.yaml')),
  ]
}

const jobs = () => listed('jobs', 'list')
const changes = () => listed('changes', 'list')

const DEFINITIONS: readonly CommandDefinition[] = COMMANDS.map(({ definition }) => definition)
const names = COMMANDS.map(({ definition }) => definition.name)

/** Lines for a command without its own: hostile text as each argument, and in and as an option. */
function derivedLines({ arguments: all = [], options = [] }: CommandDefinition): readonly Line[] {
  const operands = all.map(({ completes }) => {
    if (completes === 'table' || completes === 'side') return TABLE
    return completes === 'file' ? file('rows.csv') : EVIL
  })
  const withValue = options.filter(({ flags }) => flags.includes('<'))
  const longNames = withValue.map(({ flags }) => /--[\w-]+/.exec(flags)?.[0] ?? '')
  const given = longNames.map((name) => line(...operands, `${name}=${EVIL}`))
  return [line(...operands), ...given, line(...operands, `--${EVIL}`)]
}

it('each command of the program has own lines here, or lines generated from its definition', () => {
  expect(names).toEqual(expect.arrayContaining(Object.keys(LINES)))
  for (const definition of DEFINITIONS) expect(derivedLines(definition)).not.toEqual([])
})

/** Sequences of the terminal libraries: move to a column, clear the rest of the screen, show the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches these
const DRAWN = /\u001b\[(?:\d+G|0?J|K|\?25[hl])|\r(?=\n|\u001b\[K)/g

const ACTED_ON =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches these
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u

async function check(args: readonly string[], { breaksLines, ...more }: Omit<Line, 'args'>) {
  const found = await runAtTerminal(args, { ...more, env: { ...env, ...more.env } })
  const shown = `${found.stdout}\n${found.stderr}`.replace(DRAWN, '')
  const at = shown.search(ACTED_ON)
  const near = at === -1 ? '' : JSON.stringify(shown.slice(Math.max(0, at - 60), at + 20))
  const what = `clt ${JSON.stringify(args).slice(0, 300)}`
  expect(near, what).toBe('')
  if (!breaksLines) expect(shown, what).not.toMatch(/^FORGED/m)
  expect(shown, what).not.toMatch(/unexpected: |object Object/)
  return found
}

// In the order of the program: later commands show the jobs and changes of earlier ones.
it.each(names)('nothing of hostile names reaches the terminal in: clt %s', async (name) => {
  const definition = DEFINITIONS.find((each) => each.name === name)
  const lines = (await LINES[name]?.()) ?? (definition && derivedLines(definition)) ?? []
  let isShown = false
  for (const { args, ...more } of lines) {
    const { stdout, stderr } = await check([...name.split(' '), ...args], more)
    isShown ||= MET.test(`${stdout}${stderr}`)
    if (args.includes('--') || args.includes('--yes') || name === 'emulator') continue
    await check([...name.split(' '), ...args, '--json', '--verbose'], more)
  }
  await check([...name.split(' '), '--help'], {})
  // Otherwise the test would prove nothing.
  if (!SAYS_NOTHING.includes(name)) expect(isShown, 'the hostile text was met').toBe(true)
})

/** Commands that show no hostile text. */
const SAYS_NOTHING: readonly string[] = [
  'completion',
  'version',
  'jobs rm',
  'jobs cancel',
  'auth login',
  'auth logout',
]

/** The escaped hostile text; its end may be cut. */
const MET = /\\u001b\]52|FORGED/

it('completion and the start page show no hostile text', async () => {
  await check(['__complete', '--', 'tables', 'get', ''], {})
  await check(['__complete', '--', 'records', 'list', TABLE, '--sort', ''], {})
  await check([], { env: { CHATLAYER_BOT_ID: EVIL } })
  await check([EVIL], {})
  await check(['help', EVIL], {})
})

it('JSON at a terminal is the same JSON, and a pipe gets every character', async () => {
  const at = await check(['tables', 'list', '--json'], {})
  const piped = await runHere(['tables', 'list', '--json'], { env })
  expect(JSON.parse(at.stdout)).toEqual(JSON.parse(piped.stdout))
  expect(JSON.parse(at.stdout)[0]).toMatchObject({ name: TABLE })
  expect(piped.stdout).toContain('\u009b2J')
})

const SOURCE = join(import.meta.dirname, '../src')

/** Files that may use each of these; paths from `src`. */
const ALLOWED: readonly (readonly [use: RegExp, files: readonly string[]])[] = [
  // bin.ts writes before there is a writer, or after an uncaught error; the other is a separate program.
  [/process\s*\.\s*(stdout|stderr)|console\./, ['bin.ts', 'io.ts', 'profiles/keychain-process.ts']],
  [/\bio\.(stdout|stderr)\b/, ['main.ts']],
  [/\.forDrawing\(/, ['commands/sql/prompt.ts', 'confirm.ts', 'prompts.ts']],
  [/styleText|\\u001b|\\x1b|\\e\[/, ['output/styled.ts', 'output/writer.ts']],
]

it.each(ALLOWED)('only the allowed files use %s', (use, files) => {
  const found = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => use.test(readFileSync(join(SOURCE, name), 'utf8')))
    .map((name) => name.replaceAll('\\', '/'))
  expect(found.toSorted()).toEqual(files)
})
