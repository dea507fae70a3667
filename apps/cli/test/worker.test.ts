/** Workers on the queue of a database: each a process of its own, on a machine of its own. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { until } from './machines.ts'
import { rowsOf, TABLES, useWorkers } from './worker-setup.ts'

const { emulator, projects, clt, project, queue, startWorker, workOnce, show, list, codes } =
  await useWorkers()

describe('several workers', () => {
  it('apply twelve projects to four tables, one at a time to each table', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 15, actions: ['INSERT'] }])
    const ids = new Map(emulator.tables.list().map(({ id, name }) => [name, id]))
    for (let n = 0; n < 12; n++) {
      const table = TABLES[n % 4] ?? ''
      // A table has several names: what is queued does not show that they are the same.
      await queue(project(`p${n}`, `${n % 3 === 0 ? ids.get(table) : table}@draft`, 40))
    }
    const workers = [0, 1, 2].map((index) => startWorker(`m${index}`, ['--concurrency', '2']))
    await until(() => TABLES.every((table) => emulator.tables.count(table) === 120))
    await until(async () => {
      return (await list()).every(({ status }) => status === 'done')
    })
    for (const { child, result } of workers) {
      child.kill('SIGTERM')
      const { code, stderr } = await result
      expect(code, stderr).toBe(0)
    }
    for (const [index, table] of TABLES.entries()) {
      const found = codes(table)
      const names = [0, 4, 8].map((more) => `p${index + more}`)
      expect(found.toSorted()).toEqual(names.flatMap((name) => rowsOf(name, 40)).toSorted())
      // The rows of each project follow each other: no two were written at a time.
      const order = found.map((code) => code.replace(/-.*/, ''))
      const turns = order.filter((name, at) => name !== order[at - 1])
      expect(turns.toSorted()).toEqual(names.toSorted())
    }
    const took = workers.map(
      ({ events }) => events().filter(({ event }) => event === 'taken').length,
    )
    expect(took.every((count) => count > 0)).toBe(true)
  })

  it('resume what a worker has begun that is stopped, or killed', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 60, actions: ['INSERT'] }])
    const id = await queue(project('p', 't0@draft', 300))
    const first = startWorker('a', ['--drain', '100ms'])
    await until(() => emulator.tables.count('t0') >= 20)
    first.child.kill('SIGTERM')
    const stopped = await first.result
    expect(stopped.code, stopped.stderr).toBe(0)
    expect(first.events().find(({ event }) => event === 'ended')).toMatchObject({
      ...{ id, end: 'back', reason: 'its worker was stopped' },
    })
    const begun = emulator.tables.count('t0')
    expect(begun).toBeLessThan(300)
    const { job } = await show(id)

    const second = startWorker('b')
    await until(() => emulator.tables.count('t0') >= begun + 20)
    second.child.kill('SIGKILL')
    await second.result
    expect(emulator.tables.count('t0')).toBeLessThan(300)
    emulator.faults.clear()

    const third = startWorker('c')
    await until(() => third.events().some(({ event }) => event === 'ended'))
    expect(codes('t0').toSorted()).toEqual(rowsOf('p', 300))
    expect(await show(id)).toMatchObject({ status: 'done', job, failures: 0, lost: 1 })
    const text = third.events().flatMap(({ text = '' }) => text)
    expect(text.join('\n')).toContain(`resuming job ${job}`)
  })

  it('take the more urgent first', async () => {
    for (const [index, priority] of ['0', '5', '1'].entries()) {
      await queue(project(`p${index}`, `t${index}@draft`, 1), '--priority', priority)
    }
    const events = await workOnce('a', ['--concurrency', '1'])
    const taken = events.filter(({ event }) => event === 'taken').map(({ name }) => name)
    expect(taken).toEqual(['p1', 'p2', 'p0'])
  })
})

describe('a queued project', () => {
  it('is followed to its end, and shown with its log', async () => {
    const file = project('shop', 't0@draft', 3)
    const args = ['apply', '--queue', '--yes', '--follow', '--file', file, '--note', 'from a test']
    const following = clt(...args)
    await until(async () => (await clt('jobs', 'list')).stdout.includes('queued'))
    const worker = startWorker('b')
    const { code, stderr } = await following
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/queued job [0-9a-f]{8}: shop\n.*t0@draft: 3 inserted.*: done\n$/s)
    const [, short = ''] = /queued job ([0-9a-f]{8})/.exec(stderr) ?? []
    const shown = await clt('jobs', 'show', short)
    for (const text of ['done', 'shop', 'rows.csv', '3 inserted, 0 updated', 'undo with']) {
      expect(shown.stdout + shown.stderr).toContain(text)
    }
    const logs = await clt('jobs', 'logs', short)
    expect(logs.stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+Z started job \w{8}: rows\n/)
    const { job } = await show(short)
    const undone = await clt('changes', 'undo', '--job', job, '--yes')
    expect(undone.code, undone.stderr).toBe(0)
    expect(codes('t0')).toEqual([])
    worker.child.kill('SIGTERM')
    await worker.result
  })

  it('that fails for good is not tried again; on_failure is called', async () => {
    const hook = join(projects(), 'failed')
    const more = `    limits:\n      inserts: 2\non_failure: echo $CLT_FAILURE_MESSAGE >> ${hook}\n`
    const id = await queue(project('p', 't0@draft', 3, more))
    await workOnce('a')
    const job = await show(id)
    expect(job).toMatchObject({ status: 'failed', failures: 1, result: { exit: 11 } })
    expect(codes('t0')).toEqual([])
    expect(readFileSync(hook, 'utf8').trim().split('\n')).toHaveLength(1)
  })

  it('that fails since the gateway is gone is tried again', async () => {
    emulator.faults.set([{ kind: 'status', status: 503 }])
    const id = await queue(project('p', 't0@draft', 3))
    const worker = startWorker('a')
    await until(() => worker.events().some(({ event }) => event === 'ended'))
    expect(await show(id)).toMatchObject({ status: 'retrying', failures: 1 })
    emulator.faults.clear()
    await until(() => worker.events().some(({ end }) => end === 'done'))
    expect(codes('t0')).toEqual(rowsOf('p', 3))
  })

  it('that is cancelled while it runs is stopped, and can be undone', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 500, actions: ['INSERT'] }])
    const id = await queue(project('p', 't0@draft', 900))
    const worker = startWorker('a')
    await until(() => emulator.tables.count('t0') >= 20)
    await until(async () => (await show(id)).job !== undefined)
    const { code, stderr } = await clt('jobs', 'cancel', id.slice(0, 8))
    expect(code, stderr).toBe(0)
    const [, job = ''] = /clt changes undo --job (\w+)/.exec(stderr) ?? []
    await until(() => worker.events().some(({ end }) => end === 'lost'))
    expect(emulator.tables.count('t0')).toBeLessThan(900)
    emulator.faults.clear()
    const undone = await clt('changes', 'undo', '--job', job, '--yes')
    expect(undone.code, undone.stderr).toBe(0)
    expect(codes('t0')).toEqual([])
    expect(await show(id)).toMatchObject({ status: 'cancelled' })
    expect((await clt('jobs', 'cancel', id)).stderr).toContain('has ended: cancelled')
  })
})
