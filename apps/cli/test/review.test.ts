/** `clt review`: reviews of assistants, plans and jobs, decided at a terminal and in a browser. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type NewReview, openReviews, type Reviews } from '@chatlayer-tables/journal/reviews'
import { hasBrowser, type OpenedPage, openPage } from '@chatlayer-tables/views/test-browser'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { CTRL_C, ENTER, hasPty, openTerminal, type Terminal } from './pty.ts'

const { emulator, env: connection, folder } = await useEmulator()
const env = { ...connection, NO_COLOR: '1' }
// Outlives a killed program, which may still write to it.
const home = { HOME: process.env.TEST_FOLDER }
const DOWN = '\u001b[B'

let reviews: Reviews
let terminal: Terminal | undefined
let opened: OpenedPage | undefined

beforeEach(async () => {
  const state = join(folder, 'state', 'chatlayer-tables')
  await mkdir(state, { recursive: true, mode: 0o700 })
  reviews = openReviews(state)
})
afterEach(async () => {
  await reviews.close()
  await opened?.close()
  terminal?.kill()
  await terminal?.ended
  terminal = undefined
  opened = undefined
})

const COLUMNS = [
  { name: 'iata', type: 'text' },
  { name: 'name', type: 'text' },
]

const REVIEW: NewReview = {
  place: { origin: 'https://x.example', teamId: 't', botId: 'b' },
  principal: null,
  ...{ program: 'mcp', client: 'some-client', command: 'update_records' },
  ...{ table: 'airports', version: 'DRAFT', bound: '', note: 'the new name' },
  call: { secret: 'not-shown' },
  canTick: true,
  facts: {
    ...{ title: 'update 3 records of "airports" (DRAFT)', facts: [], remarks: [] },
    sets: [
      {
        ...{ table: 'airports', version: 'DRAFT', columns: COLUMNS, rows: 3 },
        counts: { inserted: 0, updated: 3, deleted: 0, unchanged: 0, rejected: 0 },
        ...{ problems: [], facts: [] },
      },
    ],
  },
  rows: [
    ['JFK', 'EWR', 'BTV'].map((iata) => ({
      digest: iata,
      shown: {
        ...{ kind: 'updated', id: `id-${iata}`, changed: [1] },
        before: [{ absent: 'masked' }, `old ${iata}\u001b[2J`],
        after: [{ absent: 'masked' }, `new ${iata}`],
      },
    })),
  ],
}

const create = () => reviews.create(REVIEW)
const stateOf = async (id: string) => (await reviews.find(id))?.state

describe('without a terminal', () => {
  it('lists what waits, as text and as JSON', async () => {
    expect((await run(['review'], env)).stderr).toContain('No review waits')
    const { id } = await create()
    const { code, stdout, stderr } = await run(['review'], env)
    expect(code).toBe(0)
    const [, line = ''] = stdout.split('\n')
    expect(line.split('\t')).toEqual([
      ...[id, expect.any(String), 'mcp (some-client)', 'update 3 records of "airports" (DRAFT)'],
      ...[expect.any(String), 'the new name'],
    ])
    expect(stderr).toContain('clt review ID')
    const listed = await run(['review', '--json'], env)
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id, state: 'pending', changes: 3 }])
    expect(listed.stdout).not.toContain('not-shown')
  })

  it('shows a review as JSON, and decides nothing', async () => {
    const { id } = await create()
    const { code, stdout } = await run(['review', id, '--json'], env)
    expect(code).toBe(0)
    const { rows } = JSON.parse(stdout)
    expect(rows[0]).toHaveLength(3)
    expect(rows[0][2]).toMatchObject({
      index: 2,
      id: 'id-BTV',
      after: [{ absent: 'masked' }, 'new BTV'],
    })
    for (const args of [[id], [id, '--browser'], ['plan']]) {
      const found = await run(['review', ...args], env)
      expect(found, args.join(' ')).toMatchObject({ code: 2, stdout: '' })
      expect(found.stderr).toContain('a person must decide, but there is no terminal')
    }
    expect((await run(['review', id, '--yes'], env)).code).toBe(2)
    expect(await stateOf(id)).toBe('pending')
  })

  it('reports an ID that nothing has', async () => {
    const { code, stderr } = await run(['review', 'zzzzzzzz'], env)
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('clt review'),
    })
  })

  it('shows how a job ended', async () => {
    const csv = join(folder, 'in.csv')
    await writeFile(csv, 'iata\nAAA\nBBB\n')
    const { stderr } = await run(['import', 'airports', csv], env)
    const [, job = ''] = /started job (\w+)/.exec(stderr) ?? []
    const shown = await run(['review', job.slice(0, 5)], env)
    expect(shown).toMatchObject({ code: 0, stdout: '' })
    expect(shown.stderr).toContain(`job ${job} is done: 2 written, 0 rejected`)
    const { stdout } = await run(['review', job, '--json'], env)
    expect(JSON.parse(stdout)).toEqual({ job, status: 'done', written: 2, rejected: 0, unknown: 0 })
  })
})

describe.runIf(hasPty)('at a terminal', () => {
  function start(...args: string[]): Terminal {
    terminal = openTerminal(['review', ...args], { ...env, ...home }, 200)
    return terminal
  }

  it('shows the changes, and stores an approval with its note', async () => {
    const { id, digest } = await create()
    const shown = start(id, '--note', 'looks right')
    await shown.shows('Decide later')
    expect(shown.screen()).toContain('new EWR')
    expect(shown.screen()).toContain('3 records would be updated')
    shown.type(DOWN)
    await shown.shows('Approve all of it')
    shown.type(ENTER)
    expect(await shown.ended).toBe(0)
    expect(shown.screen()).toContain(`confirm_token "${id}"`)
    const review = await reviews.find(id)
    expect(review).toMatchObject({
      ...{ state: 'approved', digest },
      decision: { way: 'terminal', note: 'looks right' },
    })
    expect(review?.decision?.ticked).toBeUndefined()
    const again = start(id)
    expect(await again.ended).toBe(2)
    expect(again.screen()).toContain('was approved')
  })

  it('stores that it was declined', async () => {
    const { id } = await create()
    const shown = start(id)
    await shown.shows('Decide later')
    shown.type(`${DOWN}${DOWN}`)
    await shown.shows('Decline')
    shown.type(ENTER)
    expect(await shown.ended).toBe(0)
    expect(await stateOf(id)).toBe('declined')
  })

  it.each([
    ['Enter at once', ENTER, 2],
    ['Ctrl-C', CTRL_C, 130],
  ])('%s decides nothing', async (_, key, exit) => {
    const { id } = await create()
    const shown = start(id)
    await shown.shows('Decide later')
    shown.type(key)
    expect(await shown.ended).toBe(exit)
    expect(await stateOf(id)).toBe('pending')
  })
})

describe.runIf(hasPty && hasBrowser)('in a browser', () => {
  async function open(...args: string[]): Promise<OpenedPage & { terminal: Terminal }> {
    const started = openTerminal(['review', ...args], { ...env, ...home }, 300)
    terminal = started
    await started.shows(/http:\/\/\S+#\S+/)
    const [url = ''] = /http:\/\/\S+#[\w-]+/.exec(started.screen()) ?? []
    opened = await openPage(url)
    return { ...opened, terminal: started }
  }

  it('stores the ticked rows of an approval, and shows what the assistant wrote', async () => {
    const { id } = await create()
    const { page, errors, terminal } = await open(id, '--browser')
    await page.getByText('new BTV').first().waitFor()
    expect(await page.content()).not.toContain('not-shown')
    await page.getByRole('checkbox', { name: /EWR/ }).first().uncheck()
    await page.getByLabel('Note').fill('not Newark')
    await page.getByRole('button', { name: 'Approve 2 of 3' }).click()
    await expect.poll(() => stateOf(id)).toBe('approved')
    await terminal.shows('Approved review')
    expect((await reviews.find(id))?.decision).toMatchObject({
      ...{ way: 'browser', note: 'not Newark', ticked: [[0, 2]] },
    })
    await reviews.claim(id)
    await reviews.complete(id, { state: 'done', message: '2 records updated.' })
    await page.getByText('2 records updated.').waitFor()
    expect(await terminal.ended).toBe(0)
    expect(errors.filter((text) => !text.includes('Failed to load'))).toEqual([])
  })

  it('ends when the review is declined', async () => {
    const { id } = await create()
    const { page, terminal } = await open(id, '--browser')
    await page.getByRole('button', { name: 'Decline' }).click()
    await page.getByText('Nothing was written').first().waitFor()
    expect(await terminal.ended).toBe(0)
    expect(await stateOf(id)).toBe('declined')
  })

  const YAML = `syncs:
  airports:
    from: ${join(folder, 'airports.csv')}
    to: airports@draft
    key: iata
    ignore: [name, city, state, country, longitude]
`
  async function plan(): Promise<OpenedPage & { terminal: Terminal }> {
    await writeFile(join(folder, 'chatlayer.yaml'), YAML)
    await writeFile(join(folder, 'airports.csv'), 'iata,latitude\nNEW,1.5\nJFK,2.5\n')
    return await open('plan', '--file', join(folder, 'chatlayer.yaml'))
  }
  const latitudes = (): string[] =>
    emulator.tables
      .records('airports')
      .map(({ values }) => `${values.iata} ${values.latitude}`)
      .toSorted()

  it('applies exactly the plan that was approved', async () => {
    const { page, terminal } = await plan()
    await page.getByText('NEW').first().waitFor()
    expect(await page.getByRole('checkbox', { name: /^Approve/ }).count()).toBe(0)
    expect(latitudes()).toContain('JFK 40.63')
    await page.getByRole('button', { name: /^Approve/ }).click()
    await page.getByText('Applied: 1 inserted, 1 updated.').waitFor()
    expect(await terminal.ended).toBe(0)
    expect(latitudes()).toEqual(expect.arrayContaining(['JFK 2.5', 'NEW 1.5']))
    expect(terminal.screen()).toContain('clt changes undo --job')
  })

  it('refuses a plan that is out of date, and writes nothing', async () => {
    const { page, terminal } = await plan()
    await page.getByText('NEW').first().waitFor()
    emulator.tables.insert('airports', [{ iata: 'OTH' }], 'DRAFT')
    await page.getByRole('button', { name: /^Approve/ }).click()
    await page.getByText('nothing was written').first().waitFor()
    expect(latitudes()).not.toContain('NEW 1.5')
    await page.getByRole('button', { name: 'Load the changes again' }).click()
    await page.getByRole('button', { name: /^Approve/ }).click()
    await page.getByText('Applied: 1 inserted, 1 updated.').waitFor()
    expect(await terminal.ended).toBe(0)
    expect(latitudes()).toContain('NEW 1.5')
  })
})
