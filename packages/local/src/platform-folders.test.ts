import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cacheFolder, configFolder, stateFolder } from './platform-folders.ts'

const home = join('/', 'home', 'ada')

describe('stateFolder', () => {
  it.each([
    ['linux', {}, join(home, '.local', 'state', 'chatlayer-tables')],
    ['linux', { XDG_STATE_HOME: '/state' }, join('/state', 'chatlayer-tables')],
    ['linux', { XDG_STATE_HOME: '' }, join(home, '.local', 'state', 'chatlayer-tables')],
    ['darwin', {}, join(home, 'Library', 'Application Support', 'chatlayer-tables')],
    ['win32', { LOCALAPPDATA: '/local' }, join('/local', 'chatlayer-tables')],
    ['win32', {}, join(home, 'AppData', 'Local', 'chatlayer-tables')],
  ] as const)('on %s with %j it is %s', (platform, env, folder) => {
    expect(stateFolder({ platform, env, home })).toBe(folder)
  })
})

describe('configFolder', () => {
  it.each([
    ['linux', {}, join(home, '.config', 'chatlayer-tables')],
    ['linux', { XDG_CONFIG_HOME: '/config' }, join('/config', 'chatlayer-tables')],
    ['linux', { XDG_CONFIG_HOME: '' }, join(home, '.config', 'chatlayer-tables')],
    ['freebsd', { APPDATA: '/roaming' }, join(home, '.config', 'chatlayer-tables')],
    ['darwin', {}, join(home, 'Library', 'Application Support', 'chatlayer-tables')],
    ['darwin', { XDG_CONFIG_HOME: '/config' }, join('/config', 'chatlayer-tables')],
    ['win32', { APPDATA: '/roaming' }, join('/roaming', 'chatlayer-tables')],
    ['win32', {}, join(home, 'AppData', 'Roaming', 'chatlayer-tables')],
  ] as const)('on %s with %j it is %s', (platform, env, folder) => {
    expect(configFolder({ platform, env, home })).toBe(folder)
  })
})

describe('cacheFolder', () => {
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
})
