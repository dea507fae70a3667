import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepCompiled } from './compiled.ts'

const own = process.getuid?.() ?? 0

let home: string
let cache: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clt-compiled-'))
  cache = join(home, '.cache', 'chatlayer-tables')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** @param uid of the user who runs it @returns the folders passed to `enableCompileCache` */
function folders(uid = own, env: Record<string, string> = {}): string[] {
  const enableCompileCache = vi.fn<(folder: string) => void>()
  const modules: Record<string, object> = {
    'node:os': { homedir: () => home },
    'node:module': { enableCompileCache },
  }
  const getBuiltinModule = ((name: string) =>
    modules[name] ??
    process.getBuiltinModule(name as 'node:fs')) as NodeJS.Process['getBuiltinModule']
  keepCompiled({ env, platform: 'linux', getuid: () => uid, getBuiltinModule })
  return enableCompileCache.mock.calls.map(([folder]) => folder)
}

it("uses the user's own cache folder, private under any umask", () => {
  const before = process.umask(0)
  try {
    expect(folders()).toEqual([join(cache, 'compiled')])
  } finally {
    process.umask(before)
  }
  for (const folder of [cache, join(cache, 'compiled')]) {
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  }
})

it('does not use the home folder of another user', () => {
  expect(folders(own + 1)).toEqual([])
})

it('does not use a folder that others can write to', () => {
  const shared = join(home, 'shared')
  mkdirSync(shared)
  for (const part of ['', 'chatlayer-tables', 'chatlayer-tables/compiled']) {
    folders(own, { XDG_CACHE_HOME: shared })
    chmodSync(join(shared, part), 0o777)
    // Write access to the parent folder only allows replacing ours by a folder of another user.
    const isOurs = part !== ''
    expect(folders(own, { XDG_CACHE_HOME: shared }).length).toBe(isOurs ? 0 : 1)
    chmodSync(join(shared, part), 0o700)
  }
})

it.runIf(own === 0)('does not use a folder of another user', () => {
  mkdirSync(cache, { recursive: true })
  chownSync(cache, 12_345, 12_345)
  expect(folders()).toEqual([])
})

it('leaves the cache to Node if its variables are set, and has none if no folder can be made', () => {
  expect(folders(own, { NODE_COMPILE_CACHE: '/x' })).toEqual([])
  expect(folders(own, { NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual([])
  expect(folders(own, { XDG_CACHE_HOME: '/proc/none' })).toEqual([])
})
