/** What messages call an input and its rows: a file has lines, a database has rows. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { run } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { env, folder } = await useEmulator()

const COLUMNS = ['iata', 'latitude', 'name']

/** What is wrong with it, and its rows. */
const CONTENTS = {
  fine: [['JFK', '40.5', 'Kennedy']],
  empty: [],
  ambiguous: [
    ['JFK', '1.234', 'a'],
    ['BTV', '12,50', 'b'],
  ],
  wrong: [
    ['JFK', 'north', 'a'],
    ['BTV', '1.5', 'b'],
  ],
  twice: [
    ['JFK', '1.5', 'a'],
    ['BTV', '1.5', 'b'],
    ['JFK', '1.5', 'c'],
  ],
  misnamed: [['JFK', '1.5', 'a']],
} as const

type Content = keyof typeof CONTENTS

const columnsOf = (content: Content): readonly string[] =>
  content === 'misnamed' ? ['iata', 'altitude', 'name'] : COLUMNS

function makeFile(content: Content): string {
  const path = join(folder, `${content}.csv`)
  const rows: readonly (readonly string[])[] = [columnsOf(content), ...CONTENTS[content]]
  const quoted = rows.map((row) => row.map((cell) => `"${cell}"`).join(','))
  writeFileSync(path, `${quoted.join('\n')}\n`)
  return path
}

function makeDatabase(content: Content): string {
  const path = join(folder, 'words.db')
  const database = new DatabaseSync(path)
  database.exec(`DROP TABLE IF EXISTS ${content};
    CREATE TABLE ${content} (${columnsOf(content)
      .map((name) => `${name} TEXT`)
      .join(', ')})`)
  for (const row of CONTENTS[content]) {
    database.prepare(`INSERT INTO ${content} VALUES (?, ?, ?)`).run(...row)
  }
  database.close()
  return `sqlite:${path}#${content}`
}

const KEY = ['--key', 'iata']
const IMPORTS: readonly (readonly string[])[] = [
  [],
  ['--check'],
  ...['upsert', 'skip-existing', 'replace'].flatMap((mode) => [
    ['--mode', mode, ...KEY, '--yes'],
    ['--mode', mode, ...KEY, '--check'],
  ]),
  ['--mode', 'upsert', '--key', 'city'],
  ['--max-errors', '1'],
  ['--ignore', 'none'],
]

async function outputs(input: string): Promise<string> {
  const commands = [
    ...IMPORTS.map((args) => ['import', 'airports', input, '--out-dir', folder, ...args]),
    ['sync', input, 'airports', ...KEY, '--columns', 'name,latitude', '--yes', '--delete'],
    ['diff', input, 'airports', ...KEY, '--columns', 'name,latitude'],
    ['diff', input, input, ...KEY],
    ['infer', input],
  ]
  let all = ''
  for (const args of commands) {
    const { code, stdout, stderr } = await run(args, env)
    // Differences are no error.
    if (args[0] !== 'diff') expect(code, stderr).not.toBe(1)
    all += `${stdout}${stderr}`
  }
  const jobs = await run(['jobs', 'list', '--json'], env)
  for (const { id } of JSON.parse(jobs.stdout) as { id: string }[]) {
    all += (await run(['jobs', 'show', id], env)).stdout
  }
  // Names of files and options are no words about the input.
  return all.replaceAll(folder, '').replaceAll(/--\S+|\S+\.\S+/g, '')
}

describe.each(Object.keys(CONTENTS) as Content[])('%s', (content) => {
  it('is not called a file with lines where it is a table of a database', async () => {
    const text = await outputs(makeDatabase(content))
    const lines = text.split('\n').filter((line) => /\b(files?|lines?)\b/i.test(line))
    expect(lines).toEqual([])
  })

  it('is not called a database with rows of numbers where it is a file', async () => {
    const text = await outputs(makeFile(content))
    expect(text).not.toMatch(/database|\brows? \d/)
  })
})
