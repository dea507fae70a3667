/** `clt open` of the built program, asked as its page would. */
import type { ChangesFacts, RecordsPage, WriteResult } from '@chatlayer-tables/views'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AIRPORT_COLUMNS, type Env, run } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { type OpenedApi, startPage } from './page-api.ts'

const { emulator, env } = await useEmulator()
const EVERY = { offset: 0, limit: 100, filters: [] }
const IATA = AIRPORT_COLUMNS.findIndex(({ name }) => name === 'iata')
const opened: OpenedApi[] = []
let page: OpenedApi

async function open(args: readonly string[], more: Env = {}): Promise<OpenedApi> {
  page = await startPage(['open', ...args], { ...env, ...more })
  opened.push(page)
  return page
}

afterEach(async () => {
  for (const { child, result } of opened.splice(0)) {
    child.kill('SIGINT')
    await result
  }
})

const records = (table = 'airports', version: 'DRAFT' | 'LIVE' = 'DRAFT') =>
  emulator.tables.records(table, version)
const idOf = (iata: string): string =>
  records().find(({ values }) => values.iata === iata)?.id ?? ''
const cityOf = (iata: string) => records().find(({ values }) => values.iata === iata)?.values.city
const iatasOf = ({ rows }: RecordsPage) => rows.map(({ cells }) => cells[IATA])

async function reviewOf(review: string): Promise<{ facts: ChangesFacts; digest: string }> {
  const facts = await page.ask('changes', { review })
  return { facts, digest: facts.review?.digest ?? '' }
}

async function approveAll(review: string, note?: string): Promise<WriteResult> {
  const { digest } = await reviewOf(review)
  return await page.ask('approve', { review, digest, ...(note !== undefined && { note }) })
}

describe('records', () => {
  it('shows the tables and every value of them', async () => {
    await open(['airports'])
    const { tables } = await page.ask('tables', {})
    expect(tables).toMatchObject([
      { table: 'airports', version: 'DRAFT', total: 4, isWritable: true, facts: [] },
    ])
    const { rows, total } = await page.ask('records', EVERY)
    expect(total).toBe(4)
    const shown = rows.map(({ id, cells }) => [id, ...cells])
    const stored = records().map(({ id, values }) => [
      id,
      ...AIRPORT_COLUMNS.map(({ name }) => values[name] ?? null),
    ])
    expect(shown.toSorted()).toEqual(stored.toSorted())
  })

  it('filters, searches, sorts and pages', async () => {
    await open(['airports@draft'])
    const ask = async (params: object) =>
      iatasOf(await page.ask('records', { ...EVERY, table: 'airports@draft', ...params }))
    const by = (column: string, descending = false) => ({ sort: { column, descending } })
    const filter = (column: string, operator: string, value?: string) => ({
      filters: [{ column, operator, ...(value !== undefined && { value }) }],
    })
    expect(await ask(by('iata'))).toEqual(['00M', 'BTV', 'EWR', 'JFK'])
    expect(await ask(by('city', true))).toEqual(
      ['EWR', 'JFK', '00M', 'BTV'].sort((a, b) =>
        String(cityOf(b) ?? '').localeCompare(String(cityOf(a) ?? '')),
      ),
    )
    expect(await ask({ ...by('iata'), offset: 1, limit: 2 })).toEqual(['BTV', 'EWR'])
    expect(await ask(filter('state', 'equals', 'NY'))).toEqual(['JFK'])
    expect(await ask({ ...by('iata'), ...filter('state', 'differs', 'NY') })).toEqual([
      '00M',
      'BTV',
      'EWR',
    ])
    expect(await ask(filter('city', 'empty'))).toEqual(['BTV'])
    expect(await ask({ ...by('iata'), ...filter('city', 'filled') })).toEqual(['00M', 'EWR', 'JFK'])
    expect(await ask({ ...by('iata'), ...filter('latitude', 'more', '40.65') })).toEqual([
      'BTV',
      'EWR',
    ])
    expect(await ask({ ...by('latitude'), ...filter('latitude', 'less', '40.65') })).toEqual([
      '00M',
      'JFK',
    ])
    expect(await ask({ ...by('iata'), ...filter('name', 'contains', 'INTL') })).toEqual([
      'EWR',
      'JFK',
    ])
    expect(await ask(filter('city', 'starts', 'new y'))).toEqual(['JFK'])
    expect(await ask({ ...by('iata'), search: 'NEW' })).toEqual(['EWR', 'JFK'])
    expect(await ask({ search: idOf('BTV') })).toEqual(['BTV'])
    expect(await ask(filter('id', 'equals', idOf('BTV')))).toEqual(['BTV'])
    await expect(ask(by('nope'))).rejects.toThrow('the table has no column "nope"')
    await expect(ask(filter('latitude', 'more', 'x'))).rejects.toThrow()
  })

  it('keeps what it has read until the page is loaded again', async () => {
    await open(['airports'])
    const sorted = { ...EVERY, sort: { column: 'iata', descending: false } }
    expect(iatasOf(await page.ask('records', sorted))).toHaveLength(4)
    emulator.tables.insert('airports', [{ iata: 'AAA' }])
    expect(iatasOf(await page.ask('records', sorted))).toHaveLength(4)
    await page.ask('table', { table: 'airports' })
    expect(iatasOf(await page.ask('records', sorted))[1]).toBe('AAA')
  })
})

describe('edits', () => {
  beforeEach(() => open(['airports']))

  it('shows an update, writes it once it is approved, and undoes it', async () => {
    const id = idOf('BTV')
    const set = { city: 'South Burlington', latitude: '44.50' }
    const { review } = await page.ask('previewEdit', { table: 'airports', update: id, set })
    const { facts } = await reviewOf(review)
    expect(facts.sets[0]?.counts).toMatchObject({ updated: 1, inserted: 0, deleted: 0 })
    const { rows } = await page.ask('changeRows', { review, set: 0, offset: 0, limit: 10 })
    const column = (name: string) => AIRPORT_COLUMNS.findIndex((each) => each.name === name)
    expect(rows).toMatchObject([{ index: 0, kind: 'updated', id }])
    expect(rows[0]?.changed).toEqual([column('city'), column('latitude')])
    expect(rows[0]?.before?.[column('city')]).toBe(null)
    expect(rows[0]?.after?.[column('city')]).toBe('South Burlington')
    expect(cityOf('BTV')).toBe(null)

    const done = await approveAll(review, 'moved')
    expect(done).toMatchObject({
      state: 'done',
      message: 'Updated 1 record in "airports" (DRAFT).',
      counts: { ok: 1 },
    })
    expect(cityOf('BTV')).toBe('South Burlington')
    expect(records()).toHaveLength(4)
    const [changeSet = ''] = done.changeSets ?? []
    const { entries } = await page.ask('journal', { limit: 10 })
    expect(entries).toMatchObject([
      { changeSet, table: 'airports', note: 'moved', who: 'cli: open', counts: { updated: 1 } },
    ])
    const shown = await page.ask('changes', { changeSet })
    expect(shown.undo).toEqual({ changeSet, canUndoPart: true })

    const undo = await page.ask('previewUndo', { changeSet })
    expect((await approveAll(undo.review)).state).toBe('done')
    expect(cityOf('BTV')).toBe(null)
    const after = await page.ask('journal', { limit: 10 })
    expect(after.entries).toMatchObject([{ undoes: changeSet }, { changeSet, undone: 1 }])
    expect(await page.ask('changes', { changeSet })).not.toHaveProperty('undo')
  })

  it('inserts and deletes what is ticked, and nothing else', async () => {
    const insert = { iata: 'GHE', city: 'Ghent\'s "x"', latitude: '51.10' }
    const created = await page.ask('previewEdit', { table: 'airports', insert })
    expect((await approveAll(created.review)).counts).toMatchObject({ ok: 1 })
    expect(records().find(({ values }) => values.iata === 'GHE')?.values).toMatchObject(insert)
    const ids = ['GHE', 'JFK', 'EWR'].map(idOf)
    const { review } = await page.ask('previewEdit', { table: 'airports', delete: ids })
    const { facts, digest } = await reviewOf(review)
    expect(facts.review?.canTick).toBe(true)
    const { rows } = await page.ask('changeRows', { review, set: 0, offset: 0, limit: 10 })
    const index = rows.findIndex(({ id }) => id === idOf('JFK'))
    for (const ticked of [[[]], [[7]], [[0], [0]]]) {
      await expect(page.ask('approve', { review, digest, ticked })).rejects.toThrow()
    }
    const done = await page.ask('approve', { review, digest, ticked: [[index]] })
    expect(done.message).toBe('Deleted 1 record in "airports" (DRAFT).')
    expect(records().map(({ values }) => values.iata)).toEqual(['00M', 'EWR', 'BTV', 'GHE'])
  })

  it('writes nothing if a record has changed since, and shows the new changes', async () => {
    const id = idOf('BTV')
    const edit = { table: 'airports', update: id, set: { name: 'Leahy' } }
    const { review } = await page.ask('previewEdit', edit)
    const { digest } = await reviewOf(review)
    await run(
      ['records', 'update', 'airports', '--id', id, '--set', 'city=Elsewhere', '--yes'],
      env,
    )
    const refused = await page.ask('approve', { review, digest })
    expect(refused).toMatchObject({ state: 'pending', isOutdated: true })
    expect(records().find((record) => record.id === id)?.values).toMatchObject({
      name: 'Burlington',
      city: 'Elsewhere',
    })
    // The approval of the earlier changes is of no use any more.
    expect(await page.ask('approve', { review, digest })).toMatchObject({ isOutdated: true })
    expect((await approveAll(review)).state).toBe('done')
    expect(records().find((record) => record.id === id)?.values.name).toBe('Leahy')
  })

  it('writes nothing to a record that is gone', async () => {
    const id = idOf('BTV')
    const edit = { table: 'airports', update: id, set: { name: 'Leahy' } }
    const { review } = await page.ask('previewEdit', edit)
    const { digest } = await reviewOf(review)
    await run(['records', 'delete', 'airports', '--id', id, '--yes'], env)
    const refused = await page.ask('approve', { review, digest })
    expect(refused.state).toBe('expired')
    expect(refused.message).toContain('Nothing was written.')
    expect(records()).toHaveLength(3)
  })

  it('approves once if asked twice at the same time, and not after a refusal', async () => {
    const { review } = await page.ask('previewEdit', { table: 'airports', insert: { iata: 'ONE' } })
    const { digest } = await reviewOf(review)
    const asked = Array.from({ length: 5 }, () => page.ask('approve', { review, digest }))
    const answers = await Promise.all(asked)
    expect(answers.filter(({ counts }) => counts?.ok === 1).length).toBeGreaterThan(0)
    await page.ask('approve', { review, digest })
    expect(records().filter(({ values }) => values.iata === 'ONE')).toHaveLength(1)
    const other = await page.ask('previewEdit', { table: 'airports', insert: { iata: 'TWO' } })
    const { digest: second } = await reviewOf(other.review)
    expect((await page.ask('decline', { review: other.review })).state).toBe('declined')
    const late = await page.ask('approve', { review: other.review, digest: second })
    expect(late.state).toBe('declined')
    expect(records().some(({ values }) => values.iata === 'TWO')).toBe(false)
  })

  it('reads typed values by the type of their column', async () => {
    const ask = (set: Record<string, string | null>) =>
      page.ask('previewEdit', { table: 'airports', update: idOf('BTV'), set })
    await expect(ask({ latitude: 'north' })).rejects.toThrow(/latitude/)
    await expect(ask({ nope: 'x' })).rejects.toThrow('has no column "nope"')
    await expect(ask({})).rejects.toThrow('there are no values to write')
    await expect(ask({ name: 'Burlington' })).rejects.toThrow('there is nothing to change')
    await expect(ask({ latitude: '44.4730' })).rejects.toThrow('there is nothing to change')
  })
})

describe('what may be written', () => {
  const insert = { iata: 'NEW' }

  it('writes LIVE only if it was requested on the command line', async () => {
    await open(['airports'])
    const live = 'airports@live'
    expect(await page.ask('table', { table: live })).toMatchObject({
      version: 'LIVE',
      isWritable: false,
    })
    await expect(page.ask('previewEdit', { table: live, insert })).rejects.toThrow(/only read/)
    await open(['airports'], { CHATLAYER_TABLE_VERSION: 'LIVE' })
    expect(await page.ask('table', {})).toMatchObject({ version: 'LIVE', isWritable: false })
    await open([live])
    expect(await page.ask('table', {})).toMatchObject({ version: 'LIVE', isWritable: true })
    const { review } = await page.ask('previewEdit', { table: live, insert })
    expect((await approveAll(review)).state).toBe('done')
    expect(records('airports', 'LIVE').map(({ values }) => values.iata)).toContain('NEW')
    expect(records().map(({ values }) => values.iata)).not.toContain('NEW')
  })

  it('writes nothing with --read-only, not even an undo', async () => {
    const written = await run(['records', 'insert', 'airports', '--data', '{"iata":"X"}'], env)
    expect(written.code).toBe(0)
    await open(['airports', '--read-only'])
    const { entries } = await page.ask('journal', { limit: 1 })
    const changeSet = entries[0]?.changeSet ?? ''
    expect((await page.ask('table', {})).isWritable).toBe(false)
    expect(await page.ask('changes', { changeSet })).not.toHaveProperty('undo')
    await expect(page.ask('previewUndo', { changeSet })).rejects.toThrow('can only read')
    await expect(page.ask('previewEdit', { table: 'airports', insert })).rejects.toThrow(
      'can only read',
    )
    expect(records()).toHaveLength(5)
  })
})

describe('the end', () => {
  it('ends with the terminal, and says how to undo what was written', async () => {
    await open(['airports'])
    const { review } = await page.ask('previewEdit', { table: 'airports', insert: { iata: 'E' } })
    const { changeSets = [] } = await approveAll(review)
    page.child.kill('SIGINT')
    const { code, stderr, stdout } = await page.result
    expect(code).toBe(0)
    expect(stdout).toBe(`${page.url}\n`)
    expect(stderr).toContain(`undo with: clt changes undo ${changeSets[0]}`)
    const secret = new URL(page.url).hash.slice(1)
    expect(stderr).not.toContain(secret)
    await expect(page.ask('tables', {})).rejects.toThrow('fetch failed')
  })

  it('reports a table that does not exist', async () => {
    const { code, stderr } = await run(['open', 'airport', '--no-browser'], env)
    expect(code).not.toBe(0)
    expect(stderr).toContain('Did you mean "airports"?')
  })
})
