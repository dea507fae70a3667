import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { keepCompiled } from './compiled.ts'

/** @param uid of whoever runs it @returns the folders in which compiled code was to be kept */
function folders(uid: number, env: Record<string, string>): string[] {
  const enableCompileCache = vi.fn<(folder: string) => void>()
  const modules: Record<string, object> = {
    'node:os': { homedir },
    'node:fs': { statSync: () => ({ uid: 1000 }) },
    'node:module': { enableCompileCache },
  }
  const getBuiltinModule = ((name: string) => modules[name]) as NodeJS.Process['getBuiltinModule']
  keepCompiled({ env, platform: 'linux', getuid: () => uid, getBuiltinModule })
  return enableCompileCache.mock.calls.map(([folder]) => folder)
}

it("is kept in the user's own cache folder", () => {
  expect(folders(1000, {})).toEqual([join(homedir(), '.cache', 'chatlayer-tables', 'compiled')])
})

it('is neither kept nor looked for in the home of somebody else', () => {
  expect(folders(0, {})).toEqual([])
})

it('is left to Node where its own variable says so', () => {
  expect(folders(1000, { NODE_COMPILE_CACHE: '/x' })).toEqual([])
})
