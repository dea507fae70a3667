import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryLock } from '@chatlayer-tables/local'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { changeTokenFile, readTokenFile } from './token-file.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-file-'))
  path = join(folder, 'tokens.json')
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const keepAll = () => changeTokenFile(path, (tokens) => ({ tokens, result: 'done' }))

it('is not blocked by the lock file of a process that has ended', async () => {
  writeFileSync(`${path}.lock`, '')
  await expect(keepAll()).resolves.toBe('done')
  await expect(keepAll()).resolves.toBe('done')
  await expect(readTokenFile(path)).resolves.toEqual([])
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ version: 1, tokens: [] })
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
})

it('gives up where another process holds the lock for long', async () => {
  using lock = tryLock(`${path}.lock`)
  expect(lock).toBeDefined()
  await expect(keepAll()).rejects.toThrow('another process is changing the token file')
})
