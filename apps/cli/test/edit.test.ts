/** `clt records edit` with editors that are scripts. */
import { existsSync } from 'node:fs'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { ENTER, hasPty, openTerminal } from './pty.ts'

const {
  emulator,
  env: connection,
  folder,
} = await useEmulator({
  tables: [
    {
      name: 'stores',
      columns: [
        { name: 'code', type: 'text' },
        { name: 'note', type: 'text' },
        { name: 'size', type: 'int' },
      ],
      records: [
        { code: '00501', note: null, size: 1 },
        { code: '00502', note: '', size: 2 },
        { code: '00503', note: 'two\nlines', size: null },
      ],
    },
  ],
})
const env = { ...connection, TMPDIR: folder }
const windows = process.platform === 'win32'

const column = (name: string) =>
  emulator.tables.records('stores').map((record) => record.values[name])

/** An editor that runs these lines of shell with the file as $1. */
async function editor(script: string, name = 'editor'): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

async function edit(script: string, ...args: string[]) {
  const EDITOR = await editor(script)
  return await run(['records', 'edit', 'stores', ...args], { ...env, EDITOR })
}

describe.skipIf(windows)('records edit', () => {
  it('writes only what was edited, exactly', async () => {
    const result = await edit(`sed -i 's/00501/00599/' "$1"`, '--all', '--yes')
    expect(result).toMatchObject({ code: 0, stdout: '' })
    expect(result.stderr).toContain('changed 1 record in "stores" (DRAFT)')
    expect(result.stderr).toContain('undo with: clt changes undo')
    expect(column('code')).toEqual(['00599', '00502', '00503'])
    expect(column('note')).toEqual([null, '', 'two\nlines'])
  })

  it('opens a private file, named after the table, and removes it', async () => {
    const log = join(folder, 'log')
    const result = await edit(
      `echo "$1" > '${log}'; ls -l "$1" >> '${log}'; cat "$1" >> '${log}'`,
      '--all',
      '--yes',
    )
    const [path = '', mode, ...lines] = (await readFile(log, 'utf8')).split('\n')
    expect(path).toMatch(/stores@draft\.csv$/)
    expect(mode).toMatch(/^-rw------- /)
    expect(lines.slice(0, 3).join('|')).toMatch(
      /^id \(do not edit\),code,note,size\|.*,00501,,1\|.*,00502,"",2$/,
    )
    expect(result.stderr).toBe('No changes.\n')
    expect(existsSync(dirname(path))).toBe(false)
  })

  it('edits YAML, and shows changes without writing them', async () => {
    const args = ['--where', 'size = 1', '--format', 'yaml']
    const shown = await edit(`sed -i 's/size: 1/size: 12/' "$1"`, ...args, '--dry-run')
    expect(shown.stdout).toMatch(/\tsize\t1\t12\n$/)
    expect(column('size')).toEqual([1, 2, null])
    await edit(`sed -i 's/size: 1/size: 12/' "$1"`, ...args, '--yes')
    expect(column('size')).toEqual([12, 2, null])
  })

  it('inserts and deletes only if asked', async () => {
    const script = `sed -i '2d' "$1"; echo ',00700,new,7' >> "$1"`
    const refused = await edit(script, '--all', '--yes')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/line \d: a row without an ID is a new record; pass --insert/)
    const kept = /the edited file is kept: (.*)/.exec(refused.stderr)?.[1] ?? ''
    expect((await stat(kept)).isFile()).toBe(true)
    const inserted = await edit(script, '--all', '--yes', '--insert')
    expect(inserted.stderr).toContain('1 record was removed from the file and stays')
    expect(column('code')).toEqual(['00501', '00502', '00503', '00700'])
    await edit(`sed -i '/00501/d' "$1"`, '--all', '--yes', '--delete', '--expect', '1')
    expect(column('code')).toEqual(['00502', '00503', '00700'])
  })

  it('does not write a record that was changed meanwhile, and keeps the file', async () => {
    const id = emulator.tables.records('stores')[0]?.id ?? ''
    const { url, token, teamId, botId } = emulator
    const other = `'${process.execPath}' '${join(import.meta.dirname, '../dist/bin.js')}' records update stores --id ${id} --set code=other --yes`
    const settings = `CHATLAYER_BASE_URL=${url} CHATLAYER_TOKEN=${token} CHATLAYER_TEAM_ID=${teamId} CHATLAYER_BOT_ID=${botId} XDG_STATE_HOME='${folder}/other'`
    const result = await edit(
      `sed -i 's/00501/00599/' "$1"; ${settings} ${other}`,
      '--all',
      '--yes',
    )
    expect(result.code).toBe(6)
    expect(result.stderr).toContain('was changed since it was read')
    expect(result.stderr).toContain('the edited file is kept')
    expect(column('code')[0]).toBe('other')
  })

  it('changes nothing after mistakes, or if the editor fails', async () => {
    const bad = await edit(`sed -i 's/,1$/,one/' "$1"`, '--all', '--yes')
    expect(bad.stderr).toMatch(/^line 2: /m)
    expect((await edit('exit 3', '--all', '--yes')).stderr).toContain('ended with exit code 3')
    const expected = await edit(`sed -i 's/0050/0060/' "$1"`, '--all', '--yes', '--expect', '2')
    expect(expected.stderr).toContain('--expect 2: would change 3 records')
    expect((await edit('true', '--yes')).stderr).toContain('no records are selected')
    expect((await edit('true', '--all')).stderr).toContain('there is no terminal')
    expect(column('code')).toEqual(['00501', '00502', '00503'])
  })

  it('refuses more than 100 records, unless --limit is passed', async () => {
    const rows = Array.from({ length: 98 }, (_, n) => JSON.stringify({ code: `x${n}` })).join('\n')
    await run(['records', 'insert', 'stores'], env, rows)
    const refused = await edit('true', '--all', '--yes')
    expect(refused.stderr).toContain('more than 100 records match')
    const some = await edit(`sed -i 's/,1$/,11/' "$1"`, '--all', '--yes', '--limit', '2')
    expect(some.code).toBe(0)
    expect(column('size').slice(0, 2)).toEqual([11, 2])
  })

  it.skipIf(!hasPty)('asks at a terminal, and opens the editor again after a mistake', async () => {
    const script = `if [ -e '${folder}/once' ]; then sed -i 's/,one$/,9/' "$1"; else sed -i 's/,1$/,one/' "$1"; touch '${folder}/once'; fi`
    const terminal = openTerminal(['records', 'edit', 'stores', '--all'], {
      ...env,
      HOME: folder,
      VISUAL: await editor(script),
      EDITOR: 'false',
    })
    await terminal.shows('Edit again? [y/N]')
    terminal.type(`y${ENTER}`)
    await terminal.shows('Update 1 record in "stores" (DRAFT)? [y/N]')
    terminal.type(`y${ENTER}`)
    expect(await terminal.ended).toBe(0)
    expect(terminal.screen()).not.toContain('is kept')
    expect(column('size')[0]).toBe(9)
  })
})
