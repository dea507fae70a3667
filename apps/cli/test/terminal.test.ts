/** The output on a terminal, with streams that claim to be one. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Env, makeFolder } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { runAtTerminal } from './pretended-terminal.ts'

const { emulator, env: connection } = await useEmulator()
const env = { ...connection, NO_COLOR: '1' }

/** @param answer typed once a question is asked; `^C` for Ctrl-C */
function atTerminal(args: readonly string[], answer?: string, extra: Env = {}) {
  const interruptAt = answer === '^C' ? /\[y\/N\]/ : undefined
  return runAtTerminal(args, { env: { ...env, ...extra }, answer, interruptAt, columns: 80 })
}

it('lists records as an aligned table, with null visible and numbers at the right', async () => {
  const args = ['records', 'list', 'airports', '--select', 'iata,city,latitude', '--sort', 'iata']
  const { stdout, stderr } = await atTerminal(args)
  const withoutIds = stdout.split('\n').map((line) => line.slice(38))
  expect(withoutIds).toEqual([
    'iata  city            latitude',
    '00M   Bay Springs  31.95376472',
    'BTV   ∅                44.4730',
    'EWR   Newark           40.6925',
    'JFK   New York           40.63',
    '',
  ])
  expect(stderr).toBe('4 records of "airports" (DRAFT)\n')
})

it('escapes control characters from any source', async () => {
  emulator.tables.insert('airports', [{ iata: 'X\u001b]0;owned\u0007', name: '\u202eevil' }])
  for (const args of [
    ['records', 'list', 'airports'],
    ['export', 'airports'],
    ['records', 'delete', 'airports', '--all', '--dry-run'],
  ]) {
    const { stdout, stderr } = await atTerminal(args)
    expect(stdout).toContain('\\u001b]0')
    // A slow export draws its progress, which clears the line.
    const shown = (stdout + stderr).replaceAll('\r\u001b[K', '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches these
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  }
})

it('has colors unless NO_COLOR is set', async () => {
  const coloured = await atTerminal(['records', 'list', 'airports'], undefined, { NO_COLOR: '' })
  expect(coloured.stdout).toContain('\u001b[1m')
  const plain = await atTerminal(['records', 'list', 'airports'])
  expect(plain.stdout).not.toContain('\u001b')
  for (const args of [
    ['records', 'list', 'airports', '--no-color'],
    ['--no-color', 'nonsense'],
  ]) {
    const { stdout, stderr } = await atTerminal(args, undefined, { NO_COLOR: '' })
    expect(stdout + stderr).not.toContain('\u001b')
  }
})

it('asks before it deletes, and shows the records', async () => {
  const args = ['records', 'delete', 'airports', '--where', 'state in (NY, NJ)']
  for (const answer of ['n', '', 'nonsense']) {
    const { code, stderr } = await atTerminal(args, answer)
    expect(code).toBe(2)
    expect(stderr).toContain('Delete 2 records of "airports" (DRAFT)? [y/N]')
    expect(stderr).toContain('John F Kennedy …')
    expect(stderr).toContain('longitude')
    expect(stderr).toContain('nothing was changed')
    expect(emulator.tables.count('airports')).toBe(4)
  }
  const { code, stdout } = await atTerminal(args, 'y')
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(emulator.tables.count('airports')).toBe(2)
})

it('asks before it updates', async () => {
  const args = ['records', 'update', 'airports', '--all', '--set', 'country=USA']
  const { code, stderr } = await atTerminal(args, 'YES')
  expect(code).toBe(0)
  expect(stderr).toContain('Update 4 records of "airports" (DRAFT)? [y/N]')
  const countries = emulator.tables.records('airports').map(({ values }) => values.country)
  expect(countries).toEqual(['USA', 'USA', 'USA', 'USA'])
})

it('asks before it inserts or upserts records from the command line', async () => {
  const set = ['--set', 'iata=JFK', '--set', 'city=Queens']
  const insert = await atTerminal(['records', 'insert', 'airports', ...set], 'n')
  expect(insert).toMatchObject({ code: 2, stdout: '' })
  expect(insert.stderr).toContain('Insert 1 record into "airports" (DRAFT)? [y/N]')
  const upsert = ['records', 'upsert', 'airports', '--key', 'iata', ...set]
  expect((await atTerminal(upsert, 'n')).stderr).toMatch(/city +New York +Queens/)
  expect(emulator.tables.records('airports').map(({ values }) => values.city)).not.toContain(
    'Queens',
  )
  expect((await atTerminal(upsert, 'y')).code).toBe(0)
  expect(emulator.tables.count('airports')).toBe(4)
  expect((await atTerminal(upsert)).stderr).toContain('All records are up to date')
  expect((await atTerminal(['records', 'insert', 'airports', ...set, '--yes'])).code).toBe(0)
  expect(emulator.tables.count('airports')).toBe(5)
})

it('does not ask if there are no records, nor with --yes', async () => {
  const none = await atTerminal(['records', 'delete', 'airports', '--where', 'iata = none'])
  expect(none).toMatchObject({ code: 0, stderr: 'No record matches; nothing was changed.\n' })
  const sure = await atTerminal(['records', 'delete', 'airports', '--where', 'iata = JFK', '-y'])
  expect(sure.code).toBe(0)
  expect(sure.stderr).toMatch(
    /^deleted 1 record in "airports" \(DRAFT\)\nundo with: clt changes undo \w{8}\n$/,
  )
})

it('treats Ctrl-C at a question as no', async () => {
  const { code, stderr } = await atTerminal(['records', 'delete', 'airports', '--all'], '^C')
  expect(code).toBe(130)
  expect(stderr).toMatch(/error: interrupted\n$/)
  expect(emulator.tables.count('airports')).toBe(4)
})

it('requires values if stdin is a terminal', async () => {
  const { code, stderr } = await atTerminal(['records', 'insert', 'airports'])
  expect(code).toBe(2)
  expect(stderr).toContain('--set column=value')
})

it('asks before an import deletes, with the count, and writes nothing after no', async () => {
  const { folder, remove } = await makeFolder()
  const file = join(folder, 'some.csv')
  await writeFile(file, 'iata,city\nJFK,New York\nNEW,Town\n')
  const args = ['import', 'airports', file, '--mode', 'replace', '--key', 'iata']
  const { code, stderr } = await atTerminal(args, 'n')
  expect(code).toBe(2)
  expect(stderr).toContain('1 rows to insert, 0 to update, 1 unchanged, 3 records to delete')
  expect(stderr).toContain('Delete 3 records not in the file? [y/N]')
  expect(stderr).toContain('nothing was changed')
  expect(emulator.tables.count('airports')).toBe(4)
  expect(await atTerminal(args, 'y')).toMatchObject({ code: 0 })
  expect(emulator.tables.count('airports')).toBe(2)
  await remove()
})

it('exports text to a terminal, but not a spreadsheet', async () => {
  const { stdout } = await atTerminal(['export', 'airports', '--select', 'iata', '--sort', 'iata'])
  expect(stdout).toBe('iata\n00M\nBTV\nEWR\nJFK\n')
  const refused = await atTerminal(['export', 'airports', '--format', 'xlsx'])
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain('a terminal cannot show an XLSX file')
})
