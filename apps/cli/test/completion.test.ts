/** The output for completion, and the scripts in the installed shells. */
import { spawnSync } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { SCRIPTS, SHELLS } from '../src/completion/shells.ts'
import { BIN, type Env, run, startProcess } from './cli.ts'
import { NO_AIRPORTS, useEmulator } from './fixture.ts'
import { runHere } from './in-process.ts'
import { hasPty, openTerminal } from './pty.ts'

const hasBash = spawnSync('bash', ['--version']).status === 0
const hasZsh = spawnSync('zsh', ['--version']).status === 0
const hasFish = spawnSync('fish', ['--version']).status === 0

const {
  emulator,
  env: connection,
  folder,
} = await useEmulator({
  keep: true,
  tables: [NO_AIRPORTS, { name: 'Opening hours', columns: [{ name: 'day', type: 'text' }] }],
})
const env: Env = {
  ...connection,
  HOME: folder,
  XDG_CACHE_HOME: join(folder, 'cache'),
  PATH: `${folder}${delimiter}${process.env.PATH}`,
}

beforeAll(async () => {
  const starter = `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`
  await writeFile(join(folder, 'clt'), starter, { mode: 0o755 })
})
const ask = async (words: readonly string[], more: Env = {}) => {
  const { code, stdout, stderr } = await runHere(['__complete', '--', ...words], {
    env: { ...env, ...more },
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('clt __complete', () => {
  it('offers tables and columns, and caches their names without secrets', async () => {
    const cache = join(folder, 'kept')
    const more = { XDG_CACHE_HOME: cache }
    expect(await ask(['tables', 'get', ''], more)).toBe('airports\t\nOpening hours\t\n:\n')
    const kept = join(cache, 'chatlayer-tables', 'completion')
    const [name = ''] = await readdir(kept)
    const text = await readFile(join(kept, name), 'utf8')
    expect(Object.keys(JSON.parse(text))).toEqual(['format', 'readAt', 'triedAt', 'tables'])
    for (const secret of [emulator.token, emulator.botId, emulator.teamId, emulator.url]) {
      expect(text + name).not.toContain(secret)
    }
    if (process.platform !== 'win32') expect((await stat(join(kept, name))).mode & 0o077).toBe(0)
    const before = emulator.requests.log.length
    expect(await ask(['records', 'list', 'airports', '--sort', 'la'], more)).toBe(
      'latitude\tnumeric\n:\n',
    )
    expect(emulator.requests.log.length).toBe(before)
  })

  it('offers nothing if nothing can be found out', async () => {
    const more = { XDG_CACHE_HOME: join(folder, 'nowhere') }
    const down = { ...more, CHATLAYER_BASE_URL: 'http://127.0.0.1:1' }
    expect(await ask(['tables', 'get', ''], down)).toBe(':\n')
    expect(await ask(['tables', 'get', ''], { ...more, CHATLAYER_TOKEN: 'wrong:wrongwrong' })).toBe(
      ':\n',
    )
    expect(await ask(['tables', 'get', ''], { ...more, CHATLAYER_TOKEN: undefined })).toBe(':\n')
    expect(await ask(['tables', 'get', 'nobody:'], more)).toBe(':\n')
    expect(await ask(['nonsense', 'get', ''], more)).toBe(':\n')
  })

  it('reports whether file names fit', async () => {
    expect(await ask(['infer', ''])).toBe(': files\n')
    expect(await ask(['backup', '-o', ''])).toBe(': files\n')
  })
})

describe('clt completion', () => {
  it('prints the script of each shell', async () => {
    for (const shell of SHELLS) {
      const { code, stdout } = await runHere(['completion', shell], { env })
      const script = await readFile(new URL(`../completion/${SCRIPTS[shell]}`, import.meta.url))
      expect({ code, stdout }).toEqual({ code: 0, stdout: String(script) })
      expect(stdout).toMatch(/clt __complete --(?:bash)? /)
    }
    expect((await run(['completion', 'bash'], env)).stdout).toContain('_clt_completion')
  })
})

/** The arguments from bash for a line with the cursor at its end, whose last part readline replaces. */
const OFFERS = String.raw`
eval "$(clt completion bash)"
offers() {
  COMP_LINE="$1" COMP_POINT=${'$'}{#1}
  _clt_completion clt "$2" ''
  printf '%s|' "${'$'}{COMPREPLY[@]}"; echo
}
offers 'clt rec' rec
offers 'clt tables get ' ''
offers 'clt tables get airports@' @
offers 'clt tables get airports@l' @l
offers 'clt records list Opening\ hours --sort d' d
offers 'clt records list "Opening hours" --sort ' ''
offers 'clt tables get "Op' Op
offers 'clt import airports x --mode=u' u
offers 'clt records list airports --sort city:d' d
offers "clt diff Opening\ hours $PART" "$PART"
`

describe.runIf(hasBash)('in bash', () => {
  it('the script completes commands, tables, versions and columns', async () => {
    const PART = join(folder, 'cl')
    const { result } = startProcess('bash', ['--norc', '-c', OFFERS], { ...env, PART }, folder)
    const { stdout, stderr } = await result
    expect(stderr).toBe('')
    expect(stdout.trimEnd().split('\n')).toEqual([
      'records|',
      String.raw`airports|Opening\ hours|`,
      '@draft|@live|',
      '@live|',
      'day|',
      'day|',
      'Opening hours|',
      'upsert|',
      'desc|',
      // As in an old bash, which does not complete files itself.
      `${join(folder, 'clt')}|`,
    ])
  })

  it.runIf(hasPty)('the key completes a command and a table, at a terminal', async () => {
    const rc = join(folder, 'rc')
    await writeFile(
      rc,
      `PS1='> '\nbind 'set enable-bracketed-paste off'\neval "$(clt completion bash)"\n`,
    )
    const terminal = openTerminal(['--noprofile', '--rcfile', rc, '-i'], env, 80, 'bash')
    await terminal.shows('> ')
    terminal.type('clt tab\t')
    await terminal.shows('clt tables ')
    terminal.type('get air\t')
    await terminal.shows('airports ')
    terminal.type('\u0015exit\r')
    await terminal.ended
  })
})

describe.runIf(hasZsh)('in zsh', () => {
  it('the script loads, and completes a command and a table', async () => {
    const load = 'autoload -Uz compinit && compinit -u -D && eval "$(clt completion zsh)"'
    // compadd exists only while completing: this one prints its arguments.
    const offers = `compadd() { print -r -- "\${(j:|:)values}" }
      words=(clt tab) CURRENT=2; _clt; words=(clt tables get '') CURRENT=4; _clt`
    const script = `${load}; print -r -- $_comps[clt]; ${offers}`
    const { stdout, stderr } = await startProcess('zsh', ['-f', '-c', script], env, folder).result
    expect({ stdout, stderr }).toEqual({
      stdout: '_clt\ntables\nairports|Opening hours\n',
      stderr: '',
    })
  })
})

describe.runIf(hasFish)('in fish', () => {
  it('the script loads, and completes a command and a table', async () => {
    const script =
      'clt completion fish | source; complete -C "clt tab"; complete -C "clt tables get air"'
    const { stdout } = await startProcess('fish', ['--no-config', '-c', script], env, folder).result
    expect(stdout).toMatch(/^tables\t.*\nairports/)
  })
})
