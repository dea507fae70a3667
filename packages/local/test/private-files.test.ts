import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, openDatabase, StorageError, writePrivateFile } from '../src/index.ts'

const isWindows = process.platform === 'win32'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-files-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('writePrivateFile', () => {
  it('replaces a file, leaves nothing beside it, and lets only its owner read it', async () => {
    const path = join(folder, 'new', 'file')
    await writePrivateFile(path, 'one')
    await writePrivateFile(path, 'two')
    expect(readFileSync(path, 'utf8')).toBe('two')
    expect(readdirSync(join(folder, 'new'))).toEqual(['file'])
    if (!isWindows) expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('names the file that cannot be replaced', async () => {
    const path = join(folder, 'file')
    mkdirSync(join(path, 'full'), { recursive: true })
    const written = writePrivateFile(path, 'text')
    await expect(written).rejects.toThrow(path)
    await expect(written).rejects.not.toThrow('.tmp')
    expect(readdirSync(folder)).toEqual(['file'])
  })
})

describe('createDatabase', () => {
  const path = () => join(folder, 'data.sqlite')
  const fill = (value: number) => () =>
    createDatabase(path(), (database) => {
      database.exec(`CREATE TABLE t (n); INSERT INTO t VALUES (${value})`)
    })

  it('creates a database, and keeps one that another process has created', () => {
    fill(1)()
    fill(2)()
    expect(readdirSync(folder)).toEqual(['data.sqlite'])
    const database = openDatabase(path(), { readOnly: true })
    expect(database.prepare('SELECT n FROM t').all()).toEqual([{ n: 1 }])
    database.close()
    if (!isWindows) expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  it('leaves nothing where it cannot be filled', () => {
    const failed = () =>
      createDatabase(path(), () => {
        throw new Error('no content')
      })
    expect(failed).toThrow('no content')
    expect(readdirSync(folder)).toEqual([])
    expect(() => createDatabase(join(folder, 'none', 'data'), () => undefined)).toThrow(
      StorageError,
    )
  })
})
