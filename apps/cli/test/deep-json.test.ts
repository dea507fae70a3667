/** A value nested deeper than the stack can be read, recorded, compared and deleted by all commands. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { useEmulator } from './fixture.ts'
import { runHere } from './in-process.ts'

const COLUMNS = [
  { name: 'name', type: 'text' },
  { name: 'data', type: 'jsonb' },
] as const

const nested = (depth: number, inner = '12345678901234567890.10') =>
  `${'[{"k":'.repeat(depth / 2)}${inner}${'}]'.repeat(depth / 2)}`

/** From what the stack takes to what PostgreSQL would refuse. */
const DEPTHS = [2, 600, 5_000, 20_000]

const {
  emulator,
  env: connection,
  folder,
} = await useEmulator({ keep: true, tables: [{ name: 'deep', columns: COLUMNS }] })
const env = { ...connection, HOME: folder }

beforeAll(async () => {
  for (const version of ['DRAFT', 'LIVE']) {
    for (const depth of DEPTHS) {
      // Written as the gateway gets it: the client writes at most 10,000 levels.
      const fields = [
        { columnName: 'name', value: `d${depth}` },
        { columnName: 'data', value: nested(depth) },
      ]
      const { tables } = emulator
      const id = tables.list()[0]?.id
      const url = `${new URL(emulator.url).origin}/api/v1/teams/${emulator.teamId}/bots/${emulator.botId}/tables/${id}`
      const answer = await fetch(`${url}/action?version=${version}`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(emulator.token).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ type: 'INSERT', fields }),
      })
      expect(answer.status).toBe(200)
    }
  }
})

async function clt(...args: string[]) {
  const { code, stdout, stderr } = await runHere(args, { env })
  expect(stderr).not.toMatch(/unexpected|call stack/)
  return { code, stdout, stderr }
}

/** Whether a text contains the values of all depths, with all digits. */
function expectAllIn(text: string): void {
  for (const depth of DEPTHS) expect(text.includes(`d${depth}`)).toBe(true)
  expect(text.includes(nested(20_000)) || text.includes(nested(20_000).replaceAll('"', '""'))).toBe(
    true,
  )
}

describe('reading', () => {
  it.each(['csv', 'json', 'ndjson'])('export as %s', async (format) => {
    const file = join(folder, `deep.${format}`)
    expect((await clt('export', 'deep', '-o', file)).code).toBe(0)
    expectAllIn(readFileSync(file, 'utf8'))
  })

  it('records list, as JSON and as a table', async () => {
    const { code, stdout } = await clt('records', 'list', 'deep', '--json')
    expect(code).toBe(0)
    expectAllIn(stdout)
    expect((await clt('records', 'list', 'deep')).code).toBe(0)
    expect(
      (await clt('records', 'list', 'deep', '--where', 'data is not null', '--sort', 'name')).code,
    ).toBe(0)
  })

  it('profile, types and infer', async () => {
    for (const args of [
      ['profile', 'deep'],
      ['profile', 'deep', '--json'],
      ['types', 'deep'],
    ]) {
      expect((await clt(...args)).code).toBe(0)
    }
    await clt('export', 'deep', '-o', join(folder, 'again.csv'))
    expect((await clt('infer', join(folder, 'again.csv'))).code).toBe(0)
    expect((await clt('infer', join(folder, 'deep.json'))).code).toBe(0)
  })

  it('SQL', async () => {
    const { code, stdout } = await clt(
      'sql',
      'select name, length(data) n from deep order by 2',
      '--json',
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual(
      DEPTHS.map((depth) => `d${depth}`),
    )
  })

  it('diff of versions and of files', async () => {
    const diff = await clt('diff', 'deep@draft', 'deep@live', '--key', 'name')
    expect(diff.code).toBe(0)
    const file = join(folder, 'deep.ndjson')
    expect((await clt('diff', file, 'deep', '--key', 'name')).code).toBe(0)
    const changed = join(folder, 'changed.ndjson')
    writeFileSync(changed, readFileSync(file, 'utf8').replaceAll('.10', '.11'))
    expect((await clt('diff', changed, 'deep', '--key', 'name')).stdout).toContain('d20000')
  })
})

describe('writing', () => {
  it('backup, delete with the journal, undo', async () => {
    const archive = join(folder, 'deep.zip')
    expect((await clt('backup', '-o', archive)).code).toBe(0)
    expect((await clt('backup', 'verify', archive)).code).toBe(0)
    const preview = await clt('records', 'delete', 'deep', '--all', '--dry-run')
    expect(preview.code).toBe(0)
    const update = await clt('records', 'update', 'deep', '--all', '--set', 'name=x', '--yes')
    expect(update).toMatchObject({ code: 0 })
    expect((await clt('records', 'delete', 'deep', '--all', '--yes')).code).toBe(0)
    const list = await clt('changes', 'list', '--json')
    expect(list.code).toBe(0)
    const [{ id }] = JSON.parse(list.stdout)
    expect((await clt('changes', 'show', id, '--json')).stdout.includes(nested(20_000))).toBe(true)
    expect((await clt('changes', 'show', id)).code).toBe(0)
    // What the client does not write again is rejected, named and counted.
    const undo = await clt('changes', 'undo', id, '--yes', '--json')
    expect(undo.code).toBe(6)
    expect(JSON.parse(undo.stdout)).toMatchObject({
      counts: { total: 4, undone: 3, rejected: 1 },
      problems: [
        {
          status: 'rejected',
          reason: expect.stringContaining('nested more than 10000 levels deep'),
        },
      ],
    })
    // Before anything is deleted for it, all is known to be writable; else row by row.
    const replaced = await clt('restore', archive, '--mode', 'replace', '--yes', '--json')
    expect(replaced.code).toBe(2)
    expect(replaced.stdout).toContain('nested more than 10000 levels deep')
    expect((await clt('records', 'delete', 'deep', '--all', '--yes')).code).toBe(0)
    const restored = await clt('restore', archive, '--yes', '--json')
    expect(restored.code).toBe(6)
    expect(restored.stdout).toContain('nested more than 10000 levels deep')
    expect((await clt('records', 'count', 'deep')).stdout).toBe('3\n')
  })

  it('import and sync', async () => {
    const file = join(folder, 'deep.ndjson')
    const imported = await clt(
      'import',
      'deep',
      file,
      '--mode',
      'upsert',
      '--key',
      'name',
      '--json',
    )
    expect(imported.code).toBe(6)
    expect(imported.stdout).toContain('nested more than 10000 levels deep')
    const sync = ['sync', file, 'deep@live', '--key', 'name', '--yes']
    expect((await clt(...sync)).code).toBe(0)
    expect(
      (await clt('records', 'update', 'deep@live', '--all', '--set', 'data=1', '--yes')).code,
    ).toBe(0)
    expect((await clt(...sync)).code).toBe(6)
  })
})
