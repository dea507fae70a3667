import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, it } from 'vitest'
import { lineForCmd, tryEnvironment, userShell, writeStarter } from './environment.ts'

const emulator = { url: 'http://127.0.0.1:1', teamId: 't', botId: 'b', token: 'u:p' }
const CONNECTION = {
  CHATLAYER_BASE_URL: 'http://127.0.0.1:1',
  CHATLAYER_TEAM_ID: 't',
  CHATLAYER_BOT_ID: 'b',
  CHATLAYER_TOKEN: 'u:p',
}

it('connects only to the emulator, and keeps all other variables', () => {
  const env = { LANG: 'C', PATH: '/bin', CHATLAYER_REGION: 'eu', CHATLAYER_PROFILE: 'prod' }
  expect(tryEnvironment(env, emulator, '/x')).toEqual({
    LANG: 'C',
    PATH: `/x${delimiter}/bin`,
    ...CONNECTION,
  })
})

it('finds PATH in any letter case, or creates it', () => {
  expect(tryEnvironment({ Path: 'C:\\bin' }, emulator, 'X')).toEqual({
    Path: `X${delimiter}C:\\bin`,
    ...CONNECTION,
  })
  expect(tryEnvironment({}, emulator, 'X')).toMatchObject({ PATH: 'X' })
})

it("knows each platform's shell", () => {
  expect(userShell({ SHELL: '/bin/zsh' }, 'darwin')).toBe('/bin/zsh')
  expect(userShell({}, 'linux')).toBe('/bin/sh')
  expect(userShell({ ComSpec: 'C:\\cmd.exe', SHELL: '/bin/zsh' }, 'win32')).toBe('C:\\cmd.exe')
  expect(userShell({}, 'win32')).toBe('cmd.exe')
})

it('quotes a command line for cmd.exe', () => {
  const command = [
    'clt',
    'records',
    'list',
    'stores',
    '--where',
    'name = "Velo Ghent"',
    'C:\\a.csv',
  ]
  expect(lineForCmd(command)).toBe(
    'clt records list stores --where "name = ""Velo Ghent""" C:\\a.csv',
  )
  expect(lineForCmd(['a', ''])).toBe('a ""')
})

it('creates a clt for each platform', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clt-starter-'))
  await writeStarter(folder, 'win32')
  expect(await readFile(join(folder, 'clt.cmd'), 'utf8')).toMatch(/^@".+" ".+bin\.js" %\*\r\n$/)
  await writeStarter(folder, 'linux')
  expect(await readFile(join(folder, 'clt'), 'utf8')).toMatch(
    /^#!\/bin\/sh\nexec '.+' '.+' "\$@"\n$/,
  )
  if (process.platform !== 'win32')
    expect((await stat(join(folder, 'clt'))).mode & 0o100).toBe(0o100)
  await rm(folder, { recursive: true })
})
