/** Runs every example of the help, unchanged; a shell splits it into words, or runs all of it. */
import { execFileSync } from 'node:child_process'
import { chmod, copyFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createClient } from '@chatlayer-tables/core'
import { openJournal } from '@chatlayer-tables/journal'
import { importFile, JobStore } from '@chatlayer-tables/transfer'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { COMMANDS } from '../src/commands/index.ts'
import { Profiles } from '../src/profiles/profiles.ts'
import { TokenStore } from '../src/profiles/token-store.ts'
import { AIRPORTS_FILE, BIN, type Env, type Result, run, startProcess, stateFolder } from './cli.ts'
import { noKeychain } from './fake-keychain.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env: connection, folder } = await useEmulator({ keep: true })
const env: Env = {
  ...connection,
  XDG_STATE_HOME: stateFolder(),
  XDG_CONFIG_HOME: folder,
  PATH: `${folder}${delimiter}${process.env.PATH}`,
}

// Examples name files of the folder they run in.
const before = process.cwd()
beforeAll(() => process.chdir(folder))
afterAll(() => process.chdir(before))

beforeAll(async () => {
  const clt = join(folder, 'clt')
  await writeFile(clt, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`)
  await chmod(clt, 0o755)
  await copyFile(AIRPORTS_FILE, join(folder, 'airports.csv'))
  await writeFile(join(folder, 'airports.ndjson'), '{"iata":"AAA"}\n{"iata":"BBB"}\n')
  const shop = new DatabaseSync(join(folder, 'shop.db'))
  shop.exec(
    `CREATE TABLE airports (iata TEXT, city TEXT); INSERT INTO airports VALUES ('JFK', 'x')`,
  )
  shop.close()
  await writeFile(join(folder, 'some.csv'), 'iata,city\nJFK,New York City\nNEW,New\n')
  await writeFile(join(folder, 'chatlayer.yaml'), PROJECT)
  const { url: baseUrl, teamId, botId } = emulator
  const config = join(folder, 'chatlayer-tables')
  await writeFile(join(folder, 'token.txt'), emulator.token)
  saveProfile = async () => {
    const profiles = new Profiles(config, new TokenStore(config, noKeychain()))
    await profiles.save('prod', { baseUrl, teamId, botId }, emulator.token, { keychain: false })
  }
})

const PROJECT = `syncs:
  airports:
    from: some.csv
    to: airports@draft
    key: iata
    ignore: [name, state, country, latitude, longitude]
`

/** A backup of the airports, as the examples call it. */
beforeAll(async () => {
  const made = startProcess('sh', ['-c', 'clt backup -o backup.zip'], env, folder)
  expect((await made.result).code).toBe(0)
})

let job = ''
let saveProfile: () => Promise<void>
let changeSet: string

beforeEach(async ({ task }) => {
  emulator.reset()
  const columns = ['a', 'b'].map((name) => ({ name, type: 'text' }))
  emulator.tables.create({ name: 'scratch', columns })
  await saveProfile()
  changeSet = await deletedAirports()
  if (/clt (jobs|review)/.test(task.name)) job = await unfinishedJob()
})

/** Jobs whose changes can be undone; each test has one of its own. */
let jobs = 0

/** A change set of such a job, which can be shown and undone. */
async function deletedAirports(): Promise<string> {
  const { url: baseUrl, token, teamId, botId } = emulator
  await using journal = await openJournal({
    folder: join(stateFolder(), 'chatlayer-tables', 'journal'),
  })
  const { origin } = new URL(baseUrl)
  const set = journal.changeSet({ tool: 'test', connection: { origin, teamId, botId } })
  set.job = `t5r8job${++jobs}`
  await using client = createClient({ baseUrl, token, teamId, botId, onWrite: set })
  await client.table('airports').delete({ state: { in: ['NJ', 'NY'] } })
  return (await set.close())[0]?.id ?? ''
}

/** The only job that can be resumed. */
async function unfinishedJob(): Promise<string> {
  const store = new JobStore(join(stateFolder(), 'chatlayer-tables', 'jobs'))
  for (const { id } of await store.list()) await store.remove(id)
  const { url: baseUrl, token, teamId, botId } = emulator
  await using client = createClient({ baseUrl, token, teamId, botId })
  const stop = new AbortController()
  const report = await importFile({
    table: client.table('airports'),
    connection: { origin: client.connection.origin, teamId, botId },
    store,
    input: { path: join(folder, 'airports.csv') },
    settings: { mode: 'insert' },
    stop: stop.signal,
    onStart: () => stop.abort(),
  })
  return report.job
}

/** Commands that are tested elsewhere. */
const APART =
  /^clt (?:emulator|try$|open|worker|jobs (?:cancel|logs)|apply --queue|state (?:migrate|prune|grant \w+$))/

const examples = COMMANDS.flatMap(({ definition }) => [...definition.examples])
  .map(({ command }): string => command)
  // Some run until Ctrl-C or need a database, and have tests of their own; another wants a terminal.
  .filter((command) => !APART.test(command) || command.includes('--help'))

it.each(examples)('%s', { timeout: 60_000 }, async (example) => {
  const { code, stderr } = await runExample(replaced(example))
  expect(code, stderr).toBe(0)
})

/** The example with the names that exist here. */
function replaced(example: string): string {
  const id = emulator.tables.records('airports')[0]?.id ?? ''
  return (
    example
      .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, id)
      .replace('k3f9', job)
      // Not the machine's own keychain, and no gateway but the emulator.
      .replace('clt auth login', 'clt auth login --no-keychain')
      .replace('--region eu --team T1 --bot B1', '')
      .replace('h7k2', changeSet)
      .replace('t5r8', `t5r8job${jobs}`)
  )
}

/** Commands whose first example waits, or needs the files of an earlier one. */
const NOT_QUIET: readonly string[] = [
  ...['try', 'emulator', 'auth login', 'connections add', 'connections test', 'connections rm'],
  ...['plan', 'apply', 'run', 'open', 'worker', 'jobs logs', 'jobs cancel'],
  ...['state migrate', 'state grant', 'state prune'],
]
const quietExamples = COMMANDS.filter(({ definition }) => !NOT_QUIET.includes(definition.name)).map(
  ({ definition }): [string, string] => [definition.name, definition.examples[0].command],
)

it.each(quietExamples)('clt %s --quiet writes nothing to stderr', async (_, example) => {
  const quiet = await runExample(replaced(example).replace(/\bclt (?=[a-z])/g, 'clt --quiet '))
  expect(quiet.stderr).toBe('')
  expect(quiet.code).toBe(0)
})

/** Runs a single call of the program in this process, as starting a process takes longer. */
async function runExample(command: string): Promise<Pick<Result, 'code' | 'stderr'>> {
  const unquoted = command.replace(/'[^']*'|"[^"]*"/g, '')
  const shell = command.includes('bash') ? 'bash' : 'sh'
  if (!command.startsWith('clt ') || /[|&;<>$`]/.test(unquoted)) {
    return await startProcess(shell, ['-c', command], env, folder).result
  }
  const printWords = command.replace('clt', `printf '%s\\0'`)
  const words = execFileSync(shell, ['-c', printWords], { encoding: 'utf8' }).split('\0')
  return await run(words.slice(0, -1), env)
}
