import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cacheFolder } from './cache-folder.ts'

const home = join('/', 'home', 'ada')

it.each([
  ['linux', {}, join(home, '.cache', 'chatlayer-tables')],
  ['linux', { XDG_CACHE_HOME: '/cache' }, join('/cache', 'chatlayer-tables')],
  ['linux', { XDG_CACHE_HOME: '' }, join(home, '.cache', 'chatlayer-tables')],
  ['freebsd', { LOCALAPPDATA: '/local' }, join(home, '.cache', 'chatlayer-tables')],
  ['darwin', {}, join(home, 'Library', 'Caches', 'chatlayer-tables')],
  ['darwin', { XDG_CACHE_HOME: '/cache' }, join('/cache', 'chatlayer-tables')],
  ['win32', { LOCALAPPDATA: '/local' }, join('/local', 'chatlayer-tables', 'Cache')],
  ['win32', {}, join(home, 'AppData', 'Local', 'chatlayer-tables', 'Cache')],
] as const)('on %s with %j it is %s', (platform, env, folder) => {
  expect(cacheFolder({ platform, env, home })).toBe(folder)
})
