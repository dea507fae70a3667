/** Several processes with one mirror, and one that is ended in the middle. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Setting, setUp } from './setting.ts'

const READER = fileURLToPath(new URL('./reader.ts', import.meta.url))

function setUpStores(records: number): Promise<Setting> {
  const columns = [{ name: 'size', type: 'int' }]
  const rows = Array.from({ length: records }, (_, size) => ({ size }))
  return setUp({ tables: [{ name: 'stores', columns, records: rows }] })
}

function start(
  { folder, emulator }: Setting,
  how: 'pull' | 'refresh',
  times: number,
): ChildProcess {
  const { url, token, teamId, botId } = emulator
  const args = [READER, folder, url, token, teamId, botId, how, String(times)]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

function stages({ folder }: Setting): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const file = names.find((name) => name.endsWith('.draft.db')) ?? ''
  const db = new DatabaseSync(join(folder, file), { readOnly: true })
  const sql =
    "SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE '\\_\\_mirror\\_stage\\_%' ESCAPE '\\'"
  const found = Number(db.prepare(sql).get()?.n)
  db.close()
  return found
}

test('a process that is killed while it reads leaves the former mirror', async () => {
  await using setting = await setUpStores(4_000)
  const { emulator, client, mirrors, ask } = setting
  await mirrors.pull(client, 'stores')
  emulator.faults.set([{ kind: 'latency', ms: 20 }])
  const child = start(setting, 'pull', 1)
  let last = 0
  for await (const chunk of child.stdout ?? []) {
    last = Number(String(chunk).trim().split('\n').at(-1))
    if (last > 1_500) break
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  emulator.faults.clear()
  expect(last).toBeLessThan(4_000)
  expect(stages(setting), 'it had begun').toBe(1)
  const { rows, sources } = await mirrors.query('select count(*), sum(size) from stores', {
    ...ask,
    fresh: 'never',
  })
  expect(rows).toEqual([[4_000, 7_998_000]])
  expect(sources[0]?.complete).toBe(true)
  await mirrors.pull(client, 'stores')
  expect(stages(setting), 'what it left is taken away').toBe(0)
})

test('processes that bring one table at once do not harm each other, nor who reads', async () => {
  await using setting = await setUpStores(1_200)
  const { emulator, client, mirrors, ask } = setting
  await mirrors.pull(client, 'stores')
  const children = [
    start(setting, 'pull', 6),
    start(setting, 'refresh', 12),
    start(setting, 'pull', 6),
  ]
  for (const child of children) child.stdout?.resume()
  const ended = Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  let isRunning = true
  void ended.finally(() => {
    isRunning = false
  })
  let reads = 0
  while (isRunning) {
    const sql = 'select count(*), count(distinct id), sum(size) from stores'
    const { rows } = await mirrors.query(sql, { ...ask, fresh: 'never' })
    expect(rows).toEqual([[1_200, 1_200, 719_400]])
    reads += 1
  }
  expect(await ended).toEqual([0, 0, 0])
  expect(reads).toBeGreaterThan(0)
  emulator.tables.insert('stores', [{ size: 1 }])
  expect((await mirrors.query('select count(*) from stores', ask)).rows).toEqual([[1_201]])
  expect(stages(setting)).toBe(0)
})
