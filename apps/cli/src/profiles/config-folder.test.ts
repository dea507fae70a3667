import { join } from 'node:path'
import { expect, it } from 'vitest'
import { configFolder } from './config-folder.ts'

const home = join('/', 'home', 'ada')

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
