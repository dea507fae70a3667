import {
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { STORE_COUNT, startFixture } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'

let emulator: Emulator
let home: string
let folder: string
let outside: string
let caller: Caller

beforeAll(async () => {
  emulator = await startFixture()
})

beforeEach(async () => {
  emulator.reset()
  home = await mkdtemp(join(tmpdir(), 'mcp-files-'))
  folder = join(home, 'shared')
  outside = join(home, 'shared-not')
  await mkdir(join(folder, 'sub'), { recursive: true })
  await mkdir(outside)
  await writeFile(join(outside, 'secret.csv'), 'name\nsecret\n')
  const settings = {
    files: [folder],
    confirm: { bulk: 'allow', live: 'allow', delete: 'allow' },
  } as const
  caller = openCaller(emulator, settings, { XDG_STATE_HOME: join(home, 'state') })
})

afterEach(async () => {
  await caller.close()
  await rm(home, { recursive: true })
})

afterAll(() => emulator.close())

const table = 'stores'

describe('import_file', () => {
  it('reads only files in allowed folders', async () => {
    await symlink(join(outside, 'secret.csv'), join(folder, 'link.csv'))
    await symlink(outside, join(folder, 'linked'))
    await mkdir(join(folder, 'folder.csv'))
    const missing = await caller.call('import_file', { table, file: 'missing.csv' })
    const files = [
      join(outside, 'secret.csv'),
      '../shared-not/secret.csv',
      'sub/../../shared-not/secret.csv',
      `${folder}/../shared-not/secret.csv`,
      `${folder}-not/secret.csv`,
      'link.csv',
      'linked/secret.csv',
      'folder.csv',
      '.',
      '/etc/passwd',
      'file:///etc/passwd',
      'x\0.csv',
    ]
    for (const file of files) {
      const { data, whole } = await caller.call('import_file', { table, file })
      expect(data.error).toMatchObject({ code: 'FILE_NOT_FOUND', field: 'file' })
      // The error for a file outside is the same as for a missing one.
      const words = (text: string) => text.replace(/"[^"]*"/, '')
      expect(words(String((data.error as { message: string }).message))).toBe(
        words(String((missing.data.error as { message: string }).message)),
      )
      expect(whole).not.toContain('secret\\n')
    }
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT)
  })

  it('reports an unreadable file by its own arguments', async () => {
    await writeFile(
      join(folder, 'odd.csv'),
      Buffer.from('name\nIv\u00e0n \u00cc\u00ee\u00f1\n', 'latin1'),
    )
    const { data } = await caller.call('import_file', { table, file: 'odd.csv' })
    expect(data.error).toMatchObject({
      field: 'file',
      message: expect.stringMatching(/^odd\.csv, line 2: /),
      hint: 'Save the file as UTF-8.',
    })
  })

  it('accepts a link within a folder, an absolute path, and a subfolder', async () => {
    await writeFile(join(folder, 'sub', 'one.csv'), 'name\nOne\n')
    await symlink(join(folder, 'sub', 'one.csv'), join(folder, 'link.csv'))
    for (const file of ['sub/one.csv', 'link.csv', join(folder, 'sub/one.csv')]) {
      const { data } = await caller.call('import_file', { table, file })
      expect(data).toMatchObject({ read: 1, inserted: 1, rejected: 0 })
    }
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT + 3)
  })

  it('checks every row in a dry run, and reports invalid ones', async () => {
    await writeFile(join(folder, 'a.csv'), 'name,rank\nGood,1\nBad,high\nBetter,2\n')
    const call = { table, file: 'a.csv' }
    const preview = await caller.call('import_file', { ...call, dry_run: true })
    expect(preview.data).toMatchObject({
      read: 3,
      would_insert: 2,
      rejected: 1,
      problems: [{ line: 3, field: 'rank', status: 'rejected' }],
    })
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT)
    const { data } = await caller.call('import_file', call)
    expect(data).toMatchObject({ inserted: 2, rejected: 1, problems: [{ line: 3 }] })
    expect(data.files).toEqual(expect.arrayContaining([expect.stringContaining('rejected')]))
  })

  it('updates and replaces by key', async () => {
    await writeFile(join(folder, 'a.json'), '[{"name":"Store 1","rank":7},{"name":"New","rank":8}]')
    const call = { table, file: 'a.json', key: 'name' }
    const upsert = await caller.call('import_file', { ...call, mode: 'upsert' })
    expect(upsert.data).toMatchObject({ inserted: 1, updated: 1, deleted: 0 })
    const replace = await caller.call('import_file', { ...call, mode: 'replace' })
    expect(replace.data).toMatchObject({ unchanged: 2, deleted: STORE_COUNT - 1 })
    expect(emulator.tables.count('stores')).toBe(2)

    await writeFile(join(folder, 'none.csv'), 'name,rank\n')
    for (const dry_run of [true, false]) {
      const args = { ...call, file: 'none.csv', mode: 'replace', dry_run }
      const { isError, text } = await caller.call('import_file', args)
      expect(isError).toBe(true)
      expect(text).toContain('one.csv has no rows, so that all 2 records would be deleted')
      expect(text).not.toContain('--')
    }
    expect(emulator.tables.count('stores')).toBe(2)
  })

  it('does not mention flags of the command line', async () => {
    await writeFile(join(folder, 'a.csv'), 'nmae\nx\n')
    const { isError, text } = await caller.call('import_file', { table, file: 'a.csv' })
    expect(isError).toBe(true)
    expect(text).toContain('nmae')
    expect(text).not.toContain('--')
  })

  it.each([
    [{ mode: 'upsert' }, 'key'],
    [{ key: 'name' }, 'key'],
    [{ mode: 'upsert', key: 'nmae' }, 'key[0]'],
  ])('rejects %j', async (args, field) => {
    await writeFile(join(folder, 'a.csv'), 'name\nx\n')
    const { data } = await caller.call('import_file', { table, file: 'a.csv', ...args })
    expect(data.error).toMatchObject({ field })
  })
})

describe('export_file', () => {
  it('writes the result of a query in every format, ready for import', async () => {
    for (const format of ['csv', 'tsv', 'json', 'ndjson', 'xlsx']) {
      const { data } = await caller.call('export_file', {
        ...{ table, file: `sub/out.${format}`, where: { rank: { lt: 2 } } },
        ...{ select: ['name', 'rank'], sort: [{ column: 'rank', direction: 'desc' }] },
      })
      expect(data).toMatchObject({ format, records: 2, columns: ['name', 'rank'] })
      const back = await caller.call('import_file', {
        ...{ table, file: `sub/out.${format}`, mode: 'upsert', key: 'name' },
      })
      expect(back.data).toMatchObject({ read: 2, unchanged: 2 })
    }
    expect(await readFile(join(folder, 'sub/out.csv'), 'utf8')).toBe(
      'name,rank\nStore 1,1\nStore 0,0\n',
    )
    expect((await lstat(join(folder, 'sub/out.csv'))).mode & 0o077).toBe(0)
    expect(await readdir(join(folder, 'sub'))).toHaveLength(5)
  })

  it('overwrites only with overwrite: true, and never through a link', async () => {
    await writeFile(join(folder, 'out.csv'), 'mine')
    const call = { table, file: 'out.csv' }
    const refused = await caller.call('export_file', call)
    expect(refused.data.error).toMatchObject({ code: 'FILE_EXISTS', field: 'overwrite' })
    expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe('mine')
    expect((await caller.call('export_file', { ...call, overwrite: true })).isError).toBe(false)
    expect(await readFile(join(folder, 'out.csv'), 'utf8')).toContain('Store 1')

    await symlink(join(outside, 'secret.csv'), join(folder, 'link.csv'))
    await link(join(outside, 'secret.csv'), join(folder, 'hard.csv'))
    await symlink(join(outside, 'new.csv'), join(folder, 'dangling.csv'))
    for (const file of ['link.csv', 'dangling.csv', 'hard.csv']) {
      await caller.call('export_file', { table, file, overwrite: true })
    }
    expect(await readFile(join(outside, 'secret.csv'), 'utf8')).toBe('name\nsecret\n')
    expect(await readdir(outside)).toEqual(['secret.csv'])
  })

  it('writes only into allowed folders, and only known formats', async () => {
    await symlink(outside, join(folder, 'linked'))
    const files = [
      '../out.csv',
      join(outside, 'out.csv'),
      'linked/out.csv',
      'missing/out.csv',
      '..csv/../../out.csv',
      '.bashrc',
      'out.sh',
      'out',
      '.csv',
      'sub',
    ]
    for (const file of files) {
      const answer = await caller.call('export_file', { table, file, overwrite: true })
      expect({ file, ...answer }).toMatchObject({ isError: true })
    }
    expect(await readdir(outside)).toEqual(['secret.csv'])
    expect((await readdir(folder)).toSorted()).toEqual(['linked', 'sub'])
  })

  it('leaves no file if the table cannot be read', async () => {
    emulator.faults.set([{ kind: 'status', status: 403 }])
    const { isError } = await caller.call('export_file', { table, file: 'out.csv' })
    expect(isError).toBe(true)
    expect(await readdir(folder)).toEqual(['sub'])
  })
})

it('without a folder there are no file tools', async () => {
  const none = openCaller(emulator)
  for (const tool of ['import_file', 'export_file'] as const) {
    const { data } = await none.call(tool, { table, file: 'x.csv' })
    expect(data.error).toMatchObject({ code: 'NOT_ALLOWED' })
  }
  await none.close()
})
