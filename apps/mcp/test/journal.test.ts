import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { beforeAll, expect, it } from 'vitest'
import { makeFolder } from './fixture.ts'
import { describeTools, tokenFor } from './suite.ts'

let folder: string

beforeAll(() => {
  folder = makeFolder()
  const lines = Array.from({ length: 50 }, (_, n) => `Import ${n},Lier,${n + 500}`)
  writeFileSync(join(folder, 'new.csv'), `name,city,rank\n${lines.join('\n')}\n`)
})

/** Every record by its values: ids of records that are brought back are new. */
function stored({ tables }: Emulator): string[] {
  return tables
    .records('stores')
    .map(({ values }) => JSON.stringify(values))
    .sort()
}

describeTools('the journal', (suite) => {
  const withFiles = () => suite.open('--files', folder, '--confirm', 'bulk=allow')

  it('takes back a session, the last change first, and the table is as it was', async () => {
    const client = await withFiles()
    const start = stored(suite.emulator)
    const confirmed = async (tool: string, args: Record<string, unknown>) =>
      client.call(tool, { ...args, confirm_token: await tokenFor(client, tool, args) })

    const imported = await client.call('import_file', {
      ...{ table: 'stores', file: 'new.csv', note: 'new in Lier' },
    })
    expect(imported.data).toMatchObject({ inserted: 50, change_set: expect.any(String) })
    const updated = await client.call('update_records', {
      ...{ table: 'stores', where: { rank: { gte: 520, lt: 550 } }, set: { city: 'Mons' } },
    })
    expect(updated.data).toMatchObject({ updated: 30 })
    const deleted = await confirmed('delete_records', {
      table: 'stores',
      where: { rank: { lt: 5 } },
    })
    expect(deleted.data).toMatchObject({ deleted: 5 })
    expect(deleted.data.notice).toContain(
      `undo_changes with change_set "${deleted.data.change_set}"`,
    )

    const { data } = await client.call('list_changes', { table: 'stores', limit: 3 })
    expect(data.change_sets).toMatchObject([
      { change_set: deleted.data.change_set, tool: 'mcp: delete_records', deleted: 5 },
      { change_set: updated.data.change_set, tool: 'mcp: update_records', updated: 30 },
      {
        ...{ tool: 'mcp: import_file', inserted: 50, note: 'new in Lier', version: 'DRAFT' },
        job: imported.data.job,
      },
    ])
    expect(imported.data.notice).toContain(`undo_changes with change_set "${imported.data.job}"`)
    // Over HTTP the older protocol does not name the client with each call.
    if (suite.wire === 'stdio' || suite.generation === 'v2') {
      expect(data.change_sets).toMatchObject(Array.from({ length: 3 }, () => ({ client: 'test' })))
    }

    const undone: unknown[] = []
    for (const { change_set } of data.change_sets as { change_set: string }[]) {
      const preview = await client.call('undo_changes', { change_set, dry_run: true })
      const { confirm_token } = preview.data
      const call = confirm_token === undefined ? { change_set } : { change_set, confirm_token }
      undone.push((await client.call('undo_changes', call)).data.undone)
    }
    expect(undone).toEqual([5, 30, 50])
    expect(stored(suite.emulator)).toEqual(start)
  })

  it('takes an import back by its job, redoes it, and takes it back again', async () => {
    const client = await withFiles()
    const start = stored(suite.emulator)
    const call = { table: 'stores', file: 'new.csv' }
    const { job } = (await client.call('import_file', call)).data
    const { data: other } = await client.call('insert_records', {
      ...{ table: 'stores', records: [{ name: 'Other', rank: 1 }] },
    })
    const whole = stored(suite.emulator)
    const listed = await client.call('list_changes', { change_set: job })
    expect(listed.data).toMatchObject({ total: 1, change_sets: [{ job, inserted: 50 }] })
    const preview = await client.call('undo_changes', { change_set: job, dry_run: true })
    expect(preview.data).toMatchObject({ undoes: job, matched: 50, would_delete: 50 })
    const undoOf = async (change_set: unknown) => {
      const args = { change_set }
      const confirm_token = await tokenFor(client, 'undo_changes', args)
      return await client.call('undo_changes', { ...args, confirm_token })
    }
    const undo = await undoOf(job)
    expect(undo.data).toMatchObject({ undoes: job, undone: 50, change_set: expect.any(String) })
    const again = await client.call('undo_changes', { change_set: job })
    expect(again.data).toMatchObject({ matched: 0, undone: 0 })
    await client.call('undo_changes', { change_set: undo.data.change_set })
    expect(stored(suite.emulator)).toEqual(whole)
    expect((await undoOf(job)).data).toMatchObject({ undone: 50 })
    await undoOf(other.change_set)
    expect(stored(suite.emulator)).toEqual(start)
    const none = await client.call('undo_changes', { change_set: String(job).slice(0, 4) })
    expect(none.data.error).toMatchObject({ code: 'NOT_FOUND', field: 'change_set' })
  })

  it('reports conflicts, reverts the rest, and overwrites them with force', async () => {
    const { client } = suite
    const where = { rank: { lt: 3 } }
    const first = await client.call('update_records', {
      ...{ table: 'stores', where, set: { city: 'Mons' } },
    })
    await client.call('update_records', {
      table: 'stores',
      where: { rank: 1 },
      set: { city: 'Lier' },
    })
    const { change_set } = first.data
    const preview = await client.call('undo_changes', { change_set, dry_run: true })
    expect(preview.data).toMatchObject({ matched: 2, conflicts: 1, would_update: 2 })
    expect(preview.data.problems).toMatchObject([
      { status: 'conflict', reason: 'Changed since: "city".' },
    ])
    const undo = await client.call('undo_changes', { change_set, note: 'was wrong' })
    expect(undo.data).toMatchObject({ undone: 2, conflicts: 1, undoes: change_set })
    const forced = await client.call('undo_changes', { change_set, force: true })
    expect(forced.data).toMatchObject({ undone: 1, conflicts: 0 })
    const cities = suite.emulator.tables.records('stores').slice(0, 3)
    expect(cities.map(({ values }) => values.city)).toEqual(['Bruges', 'Ghent', 'Ghent'])
  })

  it('takes back a part, and an undo', async () => {
    const { client } = suite
    const start = stored(suite.emulator)
    const records = [{ name: 'a' }, { name: 'b' }]
    const inserted = await client.call('insert_records', { table: 'stores', records })
    const { change_set, ids } = inserted.data as { change_set: string; ids: string[] }
    const part = { change_set, ids: ids.slice(0, 1) }
    expect((await client.call('undo_changes', part)).data.error).toMatchObject({
      code: 'CONFIRMATION_NEEDED',
    })
    const token = { confirm_token: await tokenFor(client, 'undo_changes', part) }
    const undo = await client.call('undo_changes', { ...part, ...token })
    expect(undo.data).toMatchObject({ undone: 1, matched: 1 })
    expect(suite.emulator.tables.count('stores')).toBe(start.length + 1)
    // Bound to what it showed, and gone with it.
    expect((await client.call('undo_changes', { change_set, ...token })).isError).toBe(true)

    const redo = await client.call('undo_changes', { change_set: undo.data.change_set })
    expect(redo.data).toMatchObject({ undone: 1, undoes: undo.data.change_set })
    expect(suite.emulator.tables.count('stores')).toBe(start.length + 2)
    const shown = await client.call('list_changes', { change_set })
    expect(shown.data.records).toMatchObject([
      { change: 'inserted', after: { name: 'a' } },
      { change: 'inserted', after: { name: 'b' } },
    ])
  })

  it('pages through change sets and through the records of one', async () => {
    const { client } = suite
    const records = Array.from({ length: 7 }, (_, n) => ({ name: `p${n}` }))
    const { data } = await client.call('insert_records', { table: 'leads@draft', records: [] })
    expect(data.error).toMatchObject({ code: 'INVALID_ARGUMENTS' })
    const inserted = await client.call('insert_records', { table: 'stores', records })
    const { change_set } = inserted.data
    const names: unknown[] = []
    let cursor: unknown
    do {
      const page = await client.call('list_changes', {
        ...{ change_set, limit: 3 },
        ...(cursor === undefined ? {} : { cursor }),
      })
      const found = page.data.records as { after: { name: string } }[]
      names.push(...found.map(({ after }) => after.name))
      cursor = page.data.next_cursor
    } while (cursor !== undefined)
    expect(names).toEqual(records.map(({ name }) => name))
    const one = await client.call('list_changes', { limit: 1 })
    expect(one.data).toMatchObject({ returned: 1, truncated: true })
    const two = await client.call('list_changes', { limit: 1, cursor: one.data.next_cursor })
    expect(two.data.change_sets).not.toEqual(one.data.change_sets)
    const other = await client.call('list_changes', {
      table: 'leads',
      cursor: one.data.next_cursor,
    })
    expect(other.data.error).toMatchObject({ field: 'cursor' })
    const future = await client.call('list_changes', { since: '2999-01-01' })
    expect(future.data).toMatchObject({ returned: 0, total: 0, truncated: false })
    expect((await client.call('list_changes', { since: 'soon' })).data.error).toMatchObject({
      field: 'since',
    })
  })

  it('is not there with --no-journal', async () => {
    const client = await suite.open('--no-journal')
    const names = (await client.listTools()).map(({ name }) => name)
    expect(names).not.toContain('undo_changes')
    const records = [{ name: 'x' }]
    const { data } = await client.call('insert_records', { table: 'stores', records })
    expect(data).toMatchObject({ inserted: 1 })
    expect(data).not.toHaveProperty('change_set')
  })
})
