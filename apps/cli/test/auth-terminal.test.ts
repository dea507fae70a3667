/** Signing in on a terminal. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Env, makeFolder, run } from './cli.ts'
import { CTRL_C, ENTER, hasPty, openTerminal, type Terminal, UP } from './pty.ts'

const TOKEN = '0123456789abcdef01234567:Pa55wordOfTheEmulator'

let emulator: Emulator
let folder: string
let remove: () => Promise<void>
let count = 0
let home: Env

beforeAll(async () => {
  ;({ folder, remove } = await makeFolder())
  emulator = await startEmulator({
    token: TOKEN,
    tables: [
      { name: 'stores', columns: [{ name: 'code', type: 'text' }], records: [{ code: 'G' }] },
    ],
  })
})

beforeEach(() => {
  const path = join(folder, `home-${count++}`)
  home = { HOME: path, XDG_CONFIG_HOME: join(path, 'config') }
})

afterAll(async () => {
  await emulator.close()
  await remove()
})

async function answer(terminal: Terminal, question: string | RegExp, keys: string): Promise<void> {
  await terminal.shows(question)
  terminal.type(keys)
}

describe.skipIf(!hasPty)('at a terminal', () => {
  it('asks for all settings, does not show the token, asks again after an invalid one, and signs in', async () => {
    const terminal = openTerminal(['auth', 'login', '--no-keychain'], home)
    // Up from the first region selects the last option, another address.
    await answer(terminal, 'Region of your account', UP)
    await answer(terminal, /● Another URL/, ENTER)
    await answer(terminal, 'Base URL of the gateway', `${emulator.url}${ENTER}`)
    await answer(terminal, 'Access token', `nonsense${ENTER}`)
    await answer(terminal, 'one string "username:password"', '\u0015')
    terminal.type(`wrong:Pa55wordThatIsWrong${ENTER}`)
    await answer(terminal, 'Team ID', `${emulator.teamId}${ENTER}`)
    await answer(terminal, 'Bot ID', `${emulator.botId}${ENTER}`)
    await terminal.shows('does not accept the access token (401)')
    await answer(terminal, 'Region of your account', ENTER)
    await answer(terminal, 'Base URL of the gateway', ENTER)
    await answer(terminal, 'empty to keep the previous one', `${TOKEN}${ENTER}`)
    await answer(terminal, 'Team ID', ENTER)
    await answer(terminal, 'Bot ID', ENTER)
    await answer(terminal, 'Name for this connection', ENTER)
    expect(await terminal.ended, terminal.screen()).toBe(0)
    expect(terminal.screen()).toContain('signed in: the bot has 1 table')
    expect(terminal.screen()).toContain('saved as profile "default"')
    expect(terminal.screen()).not.toContain('Pa55word')
    const { stdout } = await run(['records', 'list', 'stores', '--select', 'code'], home)
    expect(stdout).toMatch(/\tG\n$/)
  })

  it('asks for settings that no flag sets', async () => {
    const flags = ['--base-url', emulator.url, '--team', emulator.teamId, '--bot', emulator.botId]
    const args = ['auth', 'login', '--no-keychain', '--profile', 'prod', ...flags]
    const terminal = openTerminal(args, home)
    await answer(terminal, 'Access token', `${TOKEN}${ENTER}`)
    expect(await terminal.ended, terminal.screen()).toBe(0)
    expect(terminal.screen()).not.toMatch(/Region|Team ID|Bot ID|Name for|Pa55word/)
  })

  it('saves nothing on Ctrl-C', async () => {
    const terminal = openTerminal(['auth', 'login', '--base-url', emulator.url], home)
    await terminal.shows('Access token')
    terminal.type('0123:Pa55')
    await answer(terminal, '▪▪▪', CTRL_C)
    expect(await terminal.ended, terminal.screen()).toBe(130)
    expect(terminal.screen()).not.toContain('Pa55')
    expect(terminal.screen()).toContain('error: interrupted')
    await expect(readdir(home.XDG_CONFIG_HOME ?? '')).rejects.toThrow('ENOENT')
  })

  it('offers a choice of the current profile, and saving the results of the doctor', async () => {
    const { url, teamId, botId } = emulator
    for (const name of ['one', 'two']) {
      const args = ['auth', 'login', '--no-keychain', '--with-token', '--profile', name]
      await run([...args, '--base-url', url, '--team', teamId, '--bot', botId], home, TOKEN)
    }
    const choice = openTerminal(['auth', 'switch'], home)
    await answer(choice, /● two/, UP)
    await answer(choice, /● one/, ENTER)
    expect(await choice.ended, choice.screen()).toBe(0)
    const doctor = openTerminal(['doctor'], home)
    await answer(doctor, 'Save the results of the probe in the profile "one"? [y/N]', `y${ENTER}`)
    expect(await doctor.ended, doctor.screen()).toBe(0)
    expect(doctor.screen()).toContain('saved in the profile "one"')
    const saved = join(home.XDG_CONFIG_HOME ?? '', 'chatlayer-tables', 'profiles', 'one.json')
    expect(JSON.parse(await readFile(saved, 'utf8'))).toMatchObject({
      dialect: { idFilter: 'uuid' },
    })
  })

  it('does not read a token from a terminal that would show it', async () => {
    const terminal = openTerminal(['auth', 'login', '--with-token'], home)
    expect(await terminal.ended).toBe(2)
    expect(terminal.screen()).toContain('stdin is a terminal, which would show it')
  })
})
