/** Files of the program on this machine: private to the user, and not used if others can write to them. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { connectionTo, type Env } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { runHere } from './in-process.ts'

const umask = process.umask()

const { emulator, folder } = await useEmulator({ keep: true })
afterEach(() => void process.umask(umask))
/** An environment whose folders are below `home`. */
function environment(home: string): Env {
  const folders = ['CONFIG', 'STATE', 'CACHE'].map((name) => [`XDG_${name}_HOME`, join(home, name)])
  return { ...connectionTo(emulator), ...Object.fromEntries(folders) }
}

/** Commands that together create all files of the program. */
async function keepAll(home: string, env: Env): Promise<void> {
  emulator.reset()
  const file = join(home, 'rows.csv')
  writeFileSync(file, 'iata,latitude\nAAA,1\nBBB,odd\n')
  for (const [args, exit] of [
    [['auth', 'login', '--profile', 'own', '--no-keychain'], 0],
    [['import', 'airports', file], 6],
    [['records', 'upsert', 'airports', '--key', 'iata', '--set', 'iata=AAA', '--yes'], 0],
    [['records', 'update', 'airports', '--all', '--set', 'city=x', '--yes'], 0],
    [['sql', 'SELECT count(*) FROM airports'], 0],
    [['__complete', '--', 'tables', 'get', ''], 0],
  ] as const) {
    const { code, stderr } = await runHere(args, { env })
    expect({ code, args }, stderr).toEqual({ code: exit, args })
  }
}

describe.skipIf(process.platform === 'win32')('the files of the program', () => {
  it.each([0o000, 0o077])('are private to the user, with umask %o', async (mask) => {
    const home = join(folder, `umask-${mask}`)
    mkdirSync(home)
    process.umask(mask)
    await keepAll(home, environment(home))
    const found = ['CONFIG', 'STATE', 'CACHE'].flatMap((name) =>
      readdirSync(join(home, name), { recursive: true, encoding: 'utf8' }).map((entry) =>
        join(name, entry),
      ),
    )
    expect(found.length).toBeGreaterThan(15)
    const modes = found.map((entry) => {
      const stats = statSync(join(home, entry))
      return [entry, stats.mode & 0o777, stats.isDirectory() ? 0o700 : 0o600]
    })
    expect(modes.filter(([, mode, expected]) => mode !== expected)).toEqual([])
    const kinds = ['jobs', 'journal', 'mirrors', 'locks', 'completion', 'profiles', 'tokens']
    for (const kind of kinds) expect(found.some((entry) => entry.includes(kind))).toBe(true)
  })

  it('are not used if others can write to them: the folder is reported with a hint', async () => {
    const home = join(folder, 'shared')
    mkdirSync(home)
    const env = environment(home)
    await keepAll(home, env)
    const own = join(home, 'STATE', 'chatlayer-tables')
    chmodSync(own, 0o777)
    const before = emulator.requests.log.length
    for (const args of [
      ['records', 'update', 'airports', '--all', '--set', 'city=y', '--yes'],
      ['import', 'airports', join(home, 'rows.csv')],
      ['jobs', 'list'],
      ['jobs', 'resume', 'x'],
      ['changes', 'list'],
      ['changes', 'undo', 'x', '--yes'],
    ]) {
      const { code, stdout, stderr } = await runHere(args, { env })
      expect({ code, stdout, args }).toEqual({ code: 8, stdout: '', args })
      expect(stderr).toContain(`error: others can write to ${own}\nhint: Check what is in it, then`)
      expect(stderr).toContain(`chmod 700 ${own}`)
    }
    const sql = await runHere(['sql', 'SELECT 1 FROM airports'], { env })
    expect(sql).toMatchObject({ code: 8, stdout: '' })
    // Commands that only read do not need these files.
    expect((await runHere(['records', 'count', 'airports'], { env })).code).toBe(0)
    const sent = emulator.requests.log.slice(before)
    expect(sent.filter(({ action }) => action !== undefined && action !== 'SELECT')).toEqual([])
    const doctor = await runHere(['doctor', '--no-probe'], { env })
    expect(doctor.code).toBe(8)
    expect(doctor.stdout).toContain(`✗ folders        others can write to ${own}\n`)
    chmodSync(own, 0o700)
    const profiles = join(home, 'CONFIG', 'chatlayer-tables')
    chmodSync(profiles, 0o770)
    const signedIn = { ...env, CHATLAYER_TOKEN: undefined }
    const list = await runHere(['tables', 'list'], { env: signedIn })
    expect(list).toMatchObject({ code: 8, stdout: '' })
    expect(list.stderr).toContain(`others can write to ${profiles}`)
  })
})

describe.skipIf(process.platform !== 'linux')('a token file', () => {
  it.each([
    ['/dev/zero', 'it is a device'],
    ['/dev/urandom', 'it is a device'],
    ['/tmp', 'it is a folder'],
    ['/proc/kallsyms', 'it is larger than 4,096 bytes'],
    ['/nowhere', 'there is no such file'],
  ])('%s is rejected with the reason', async (path, reason) => {
    const env = environment(join(folder, 'none'))
    const { code, stderr } = await runHere(['tables', 'list', '--token-file', path], { env })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: cannot read the token file ${path}: ${reason}\n`,
    })
  })

  it('may be a pipe, with a timeout if nothing is written to it', async () => {
    const pipe = join(folder, 'pipe')
    spawnSync('mkfifo', [pipe])
    const env = environment(join(folder, 'none'))
    const args = ['tables', 'list', '--token-file', pipe]
    const { code, stderr } = await runHere(args, { env })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: the token file ${pipe} is empty\n`,
    })
    spawn('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', emulator.token, pipe])
    expect((await runHere(args, { env })).code).toBe(0)
  })
})
