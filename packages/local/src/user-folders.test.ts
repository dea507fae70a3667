import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { StorageError } from './storage-error.ts'
import { homeFolder, userStateFolder } from './user-folders.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

it('finds the home folder', () => {
  expect(homeFolder()).toBe(homedir())
})

// Windows has another variable for the home folder.
it.skipIf(process.platform === 'win32')('never uses the working folder as a home', () => {
  vi.stubEnv('HOME', '')
  expect(() => userStateFolder({})).toThrow(StorageError)
  expect(userStateFolder({ XDG_STATE_HOME: '/state' })).toBe(join('/state', 'chatlayer-tables'))
  vi.stubEnv('HOME', 'relative')
  expect(() => userStateFolder({})).toThrow('the home folder is not known')
})
