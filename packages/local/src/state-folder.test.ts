import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stateFolder } from './state-folder.ts'

const home = join('/', 'home', 'ada')

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
