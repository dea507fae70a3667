/** Damaged or unusable folders and files of this program. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { type Result, run } from './cli.ts'
import { useEmulator } from './fixture.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
] as const

const { emulator, env, folder } = await useEmulator({
  tables: [{ name: 't', columns: COLUMNS }],
})

function csv(rows: number, extra: readonly string[] = []): string {
  const file = join(folder, 'rows.csv')
  const lines = Array.from({ length: rows }, (_, index) => `c${index},name ${index}`)
  writeFileSync(file, ['code,name', ...lines, ...extra, ''].join('\n'))
  return file
}

async function count(): Promise<number> {
  return Number((await run(['records', 'count', 't'], env)).stdout)
}

function jobOf({ stderr }: Result): string {
  return /clt jobs resume (\w+)/.exec(stderr)?.[1] ?? ''
}

describe('an unusable state folder', () => {
  it.each([
    ['below a file', () => ({ XDG_STATE_HOME: join(process.execPath, 'state') })],
    ['without a home', () => ({ HOME: '', XDG_STATE_HOME: '' })],
  ])('%s: one line before anything is sent, and reading works', async (_, more) => {
    const without = { ...env, ...more() }
    const file = csv(2)
    for (const args of [
      ['import', 't', file],
      ['records', 'insert', 't', '--set', 'code=x', '--yes'],
    ]) {
      const before = emulator.requests.log.length
      const result = await run(args, without)
      expect(result.code, result.stderr).toBe(8)
      expect(result.stderr).toMatch(/^error: .*\nhint: Set XDG_STATE_HOME to a folder .*\n$/)
      expect(emulator.requests.log.length).toBe(before)
    }
    for (const args of [
      ['records', 'list', 't'],
      ['import', 't', file, '--check'],
      ['records', 'insert', 't', '--set', 'code=x', '--yes', '--no-journal'],
    ]) {
      const result = await run(args, without)
      expect(result.code, result.stderr).toBe(0)
    }
  })
})

describe('the journal', () => {
  const insert = ['records', 'insert', 't', '--set', 'code=x', '--yes']
  const journal = () => join(folder, 'state', 'chatlayer-tables', 'journal', 'journal.sqlite')

  it('locked by another process is reported within seconds', async () => {
    expect((await run(insert, env)).code).toBe(0)
    using holder = new DatabaseSync(journal())
    holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; UPDATE sets SET note = NULL')
    const file = csv(20)
    for (const args of [insert, ['import', 't', file]]) {
      const startedAt = performance.now()
      const result = await run(args, env)
      expect(result.code, result.stderr).toBe(8)
      expect(result.stderr).toContain('is locked by another process')
      expect(result.stderr.match(/error:/g)).toHaveLength(1)
      // Five seconds, and what it takes to start on a busy machine; it was 72.
      expect(performance.now() - startedAt).toBeLessThan(20_000)
    }
    expect(await count()).toBe(1)
  })

  it.each([
    ['cut to nothing', (path: string) => writeFileSync(path, '')],
    ['of text', (path: string) => writeFileSync(path, 'text '.repeat(2_000))],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a symbolic link', (path: string) => symlinkSync('/etc/passwd', path)],
    ['a database of something else', (path: string) => foreign(path)],
  ])('%s is not replaced, and is reported with a hint', async (_, damage) => {
    mkdirSync(join(journal(), '..'), { recursive: true })
    damage(journal())
    const before = emulator.requests.log.length
    const result = await run(insert, env)
    expect(result.code, result.stderr).toBe(8)
    expect(result.stderr).toContain(`error: ${journal()} is damaged`)
    expect(result.stderr).toMatch(/hint: Move the file away .*--no-journal/)
    expect(emulator.requests.log.length).toBe(before)
    rmSync(journal(), { recursive: true })
    expect((await run(insert, env)).code).toBe(0)
  })
})

function foreign(path: string): void {
  using database = new DatabaseSync(path)
  database.exec('CREATE TABLE recipes (name TEXT)')
}

describe('damaged jobs', () => {
  it('are listed as damaged, and other jobs can be used', async () => {
    const file = csv(3)
    emulator.faults.set([{ kind: 'status', status: 400, actions: ['INSERT'], times: 1 }])
    const good = jobOf(
      await run(['import', 't', file, '--max-errors', '1', '--out-dir', folder], env),
    )
    const jobs = join(folder, 'state', 'chatlayer-tables', 'jobs')
    const make = (name: string, damage: (database: string) => void) => {
      mkdirSync(join(jobs, name))
      damage(join(jobs, name, 'job.sqlite'))
    }
    const template = join(jobs, good, 'job.sqlite')
    make('empty', (path) => writeFileSync(path, ''))
    make('text', (path) => writeFileSync(path, 'x'.repeat(10_000)))
    make('folder', (path) => mkdirSync(path))
    make('link', (path) => symlinkSync(template, path))
    make('foreign', foreign)
    make('pipe', (path) => execFileSync('mkfifo', [path]))
    make('lockless', (path) => {
      writeFileSync(path, '')
      mkdirSync(join(path, '..', 'lock.sqlite'))
    })
    const facts: Record<string, string> = {
      nojson: '{',
      bomb: `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      shape: '{"kind":"import","createdAt":5}',
      sync: '{"kind":"sync","createdAt":"","source":{},"table":null}',
      restore: '{"kind":"restore","parts":{"length":1}}',
    }
    for (const [name, text] of Object.entries(facts)) {
      make(name, (path) => {
        using database = new DatabaseSync(path)
        database.exec(
          'CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT); PRAGMA user_version = 2',
        )
        database.prepare("INSERT INTO facts VALUES ('facts', ?)").run(text)
      })
    }
    const listed = await run(['jobs', 'list'], env)
    expect(listed.code, listed.stderr).toBe(0)
    const statuses = Object.fromEntries(
      listed.stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split('\t', 2)),
    )
    const { [good]: own, ...others } = statuses
    expect(own).toBe('unfinished')
    expect(new Set(Object.values(others))).toEqual(new Set(['unreadable']))
    expect(Object.keys(others)).toHaveLength(12)
    expect(listed.stderr).toContain('cannot read job text: ')
    expect((await run(['jobs', 'list', '--json'], env)).code).toBe(0)

    for (const name of ['foreign', 'pipe', 'bomb', 'shape']) {
      const result = await run(['jobs', 'resume', name], env)
      expect(result.code, result.stderr).toBe(8)
      expect(result.stderr).toContain(
        `clt changes undo --job ${name}), then remove it: clt jobs rm ${name}`,
      )
      expect((await run(['jobs', 'rm', name], env)).code).toBe(0)
    }
    expect(existsSync(template)).toBe(true)
    expect((await run(['import', 't', csv(2)], env)).code).toBe(0)
  })
})

it('damaged profiles are reported, and others can be used', async () => {
  const profiles = join(folder, '.config', 'chatlayer-tables', 'profiles')
  mkdirSync(profiles, { recursive: true })
  const profile = {
    format: 1,
    baseUrl: emulator.url,
    teamId: emulator.teamId,
    botId: emulator.botId,
    token: 'file',
  }
  writeFileSync(join(profiles, 'good.json'), JSON.stringify(profile))
  writeFileSync(join(profiles, 'empty.json'), '')
  writeFileSync(join(profiles, 'huge.json'), Buffer.alloc(3_000_000, '['))
  mkdirSync(join(profiles, 'folder.json'))
  execFileSync('mkfifo', [join(profiles, 'pipe.json')])
  const listed = await run(['auth', 'list'], { HOME: folder })
  expect(listed.stdout).toMatch(/good\t/)
  for (const name of ['empty', 'huge', 'folder', 'pipe']) {
    expect(listed.stdout).toMatch(new RegExp(`${name}\\tbroken`))
    expect(listed.stderr).toContain(`${name}.json`)
  }
  const tokens = join(profiles, '..', 'tokens')
  mkdirSync(tokens)
  const token = { origin: emulator.url, token: emulator.token }
  writeFileSync(join(tokens, 'good.json'), JSON.stringify(token))
  const used = await run(['records', 'list', 'good:t'], { HOME: folder })
  expect(used.code, used.stderr).toBe(0)
})

describe('an import that is rejected immediately', () => {
  it('starts no job', async () => {
    const file = csv(3, ['c1,again'])
    const result = await run(['import', 't', file, '--mode', 'upsert', '--key', 'code'], env)
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('more than once')
    expect(result.stderr).not.toContain('began')
    expect((await run(['jobs', 'list'], env)).stderr).toContain('There are no jobs yet.')
  })
})
