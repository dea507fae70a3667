// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how references are written
/** A worker as a service: health, metrics, schedules, settings, and a database that goes away. */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { takeTableLock } from '@chatlayer-tables/local'
import { runSql } from '@chatlayer-tables/sources/test-postgres'
import { startProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import { openState } from '@chatlayer-tables/state'
import { describe, expect, it } from 'vitest'
import { until } from './machines.ts'
import { rowsOf, useWorkers, type WorkerProcess } from './worker-setup.ts'

const workers = await useWorkers()
const { emulator, clt, project, queue, startWorker, workOnce, show, list, codes } = workers

async function urlOf({ events }: WorkerProcess): Promise<string> {
  await until(() => events().some(({ event }) => event === 'started'))
  return events().find(({ event }) => event === 'started')?.metrics ?? ''
}

async function healthOf(url: string): Promise<string> {
  const response = await fetch(`${url}/healthz`)
  return `${response.status} ${(await response.text()).trim()}`
}

/**
 * Reads the text format of Prometheus strictly.
 *
 * @returns the value of each series
 */
function parseMetrics(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true)
  const series = new Map<string, number>()
  const types = new Map<string, string>()
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$/.exec(line)
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)$/.exec(line)
    if (help !== null) {
      current = help[1] ?? ''
      expect(types.has(current), `${current} is there twice`).toBe(false)
      continue
    }
    if (type !== null) {
      expect(type[1]).toBe(current)
      types.set(current, type[2] ?? '')
      continue
    }
    const sample =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)+\})? (\S+)$/.exec(
        line,
      )
    expect(sample, line).not.toBeNull()
    const [, name = '', labels = '', value = ''] = sample ?? []
    expect(name, line).toBe(current)
    // The name of a counter says so.
    expect(name.endsWith('_total'), name).toBe(types.get(name) === 'counter')
    expect(Number.isFinite(Number(value)), line).toBe(true)
    expect(series.has(name + labels), line).toBe(false)
    series.set(name + labels, Number(value))
  }
  return series
}

describe('metrics and health', () => {
  it('are served, and follow what the worker does', async () => {
    const worker = startWorker('a', ['--metrics', '0'])
    const url = await urlOf(worker)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await healthOf(url)).toBe('200 ok')
    await queue(project('p', 't0@draft', 5))
    const limited = project('q', 't1@draft', 3, '    limits:\n      inserts: 2\n')
    await queue(limited)
    await until(() => worker.events().filter(({ event }) => event === 'ended').length === 2)
    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const metrics = parseMetrics(await response.text())
    expect(Object.fromEntries(metrics)).toMatchObject({
      chatlayer_worker_healthy: 1,
      chatlayer_worker_concurrency: 2,
      chatlayer_worker_running_jobs: 0,
      'chatlayer_worker_jobs_total{result="done"}': 1,
      'chatlayer_worker_jobs_total{result="failed"}': 1,
      'chatlayer_worker_rows_total{outcome="written"}': 5,
      'chatlayer_worker_rows_total{outcome="rejected"}': 0,
      chatlayer_worker_throttled_total: 0,
      'chatlayer_queue_jobs{state="done"}': 1,
      'chatlayer_queue_jobs{state="failed"}': 1,
      'chatlayer_queue_jobs{state="queued"}': 0,
      chatlayer_queue_length: 0,
      chatlayer_queue_oldest_waiting_seconds: 0,
      chatlayer_queue_schedules: 0,
    })
    expect(metrics.get('chatlayer_worker_requests_total')).toBe(emulator.requests.counts.total)
    expect(metrics.get('chatlayer_sessions')).toBeGreaterThan(0)
    expect((await fetch(`${url}/metrics`, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${url}/`)).status).toBe(404)
  })

  it('show how long the oldest job has waited', async () => {
    await queue(project('p', 't0@draft', 1))
    await queue(project('q', 't0@draft', 1))
    await runSql(
      workers.address(),
      "update chatlayer_tables_queue.job set created_on = now() - interval '90 seconds', start_after = now() - interval '90 seconds' where data->>'name' = 'p'",
    )
    emulator.faults.set([{ kind: 'latency', ms: 3_000 }])
    const worker = startWorker('a', ['--metrics', '0', '--concurrency', '1'])
    const url = await urlOf(worker)
    await until(() => worker.events().some(({ event }) => event === 'taken'))
    const metrics = parseMetrics(await (await fetch(`${url}/metrics`)).text())
    expect(metrics.get('chatlayer_worker_running_jobs')).toBe(1)
    expect(metrics.get('chatlayer_queue_length')).toBe(1)
    expect(metrics.get('chatlayer_queue_jobs{state="running"}')).toBe(1)
    // The older one is running.
    expect(metrics.get('chatlayer_queue_oldest_waiting_seconds')).toBeLessThan(90)
  })

  it('turn bad while the database is away or the worker drains, and good again', async () => {
    let proxy = await startProxy(workers.server().port)
    const { port } = proxy
    const address = workers.address().replace(/:\d+\//, `:${port}/`)
    const worker = startWorker('a', ['--metrics', '0'], { CHATLAYER_STATE: address })
    const url = await urlOf(worker)
    expect(await healthOf(url)).toBe('200 ok')
    await proxy.end()
    await until(async () => (await healthOf(url)) === '503 the database does not respond')
    const metrics = parseMetrics(await (await fetch(`${url}/metrics`)).text())
    expect(metrics.get('chatlayer_worker_healthy')).toBe(0)
    expect([...metrics.keys()].some((name) => name.startsWith('chatlayer_queue_'))).toBe(false)
    proxy = await startProxy(workers.server().port, { port })
    await until(async () => (await healthOf(url)) === '200 ok')
    // It takes jobs again.
    emulator.faults.set([{ kind: 'latency', ms: 1_000 }])
    await queue(project('p', 't0@draft', 3))
    await until(() => worker.events().some(({ event }) => event === 'taken'))
    worker.child.kill('SIGTERM')
    await until(() => worker.events().some(({ event }) => event === 'draining'))
    expect(await healthOf(url)).toBe('503 the worker takes no more jobs')
    emulator.faults.clear()
    const { code, stderr } = await worker.result
    expect(code, stderr).toBe(0)
    // It had time to come to its end.
    expect(codes('t0').toSorted()).toEqual(rowsOf('p', 3))
    await proxy.end()
  })
})

describe('the schedule of a project', () => {
  /** Of the minute that began at most a minute ago, for which workers send a job when they look. */
  function dueNow(): string {
    const at = new Date(Date.now() - 3_000)
    return `schedule: ${at.getUTCMinutes()} ${at.getUTCHours()} * * *\ntimezone: UTC\n`
  }

  it('is registered, carried out by workers, shown, and removed', async () => {
    const file = project('nightly', 't0@draft', 3, dueNow())
    await queue(file)
    expect(await list()).toMatchObject([{ id: 'nightly', status: 'scheduled' }, {}])
    const started = [startWorker('a'), startWorker('b')]
    await until(async () => {
      const jobs = await list()
      return jobs.length === 3 && jobs.slice(1).every(({ status }) => status === 'done')
    })
    expect(codes('t0').toSorted()).toEqual(rowsOf('nightly', 3))
    expect((await list()).filter(({ schedule }) => schedule === 'nightly')).toHaveLength(1)
    for (const { child } of started) child.kill('SIGTERM')
    const shown = await clt('jobs', 'show', 'nightly')
    expect(shown.stdout).toContain('(UTC), next ')
    expect((await clt('jobs', 'list')).stdout).toMatch(/^nightly\tscheduled\t/m)
    const removed = await clt('jobs', 'cancel', 'nightly')
    expect(removed.stderr).toBe('removed the schedule nightly\n')
    expect((await list()).some(({ status }) => status === 'scheduled')).toBe(false)
  })

  it('is registered by a worker, and removed with its line', async () => {
    const schedule = 'schedule: 0 2 1 1 *\ntimezone: Europe/Brussels\n'
    const file = project('yearly', 't0@draft', 3, schedule)
    await workOnce('a', ['--file', file, '--name', 'of-a-worker'])
    expect(await list()).toMatchObject([{ id: 'of-a-worker', status: 'scheduled' }])
    expect(codes('t0')).toEqual([])
    await queue(file, '--only', 'rows')
    await queue(project('yearly', 't0@draft', 3), '--only', 'rows', '--name', 'of-a-worker')
    expect((await list())[0]).toMatchObject({ id: 'of-a-worker', status: 'scheduled' })
    const { stderr } = await clt(
      ...['apply', '--queue', '--yes', '--name', 'of-a-worker'],
      ...['--file', project('yearly', 't0@draft', 3)],
    )
    expect(stderr).toContain('removed the schedule of-a-worker\n')
    expect((await list()).some(({ status }) => status === 'scheduled')).toBe(false)
  })

  it('must have a valid name', async () => {
    const file = project('named', 't0@draft', 1, 'schedule: 0 2 * * *\n')
    const { code, stderr } = await clt(
      ...['apply', '--queue', '--yes', '--file', file, '--name', 'a name'],
    )
    expect(code).toBe(2)
    expect(await list()).toEqual([])
    expect(stderr).toContain(
      'chatlayer.yaml:6:11 (schedule): a schedule cannot have the name "a name"',
    )
  })
})

describe('what goes along', () => {
  it('is the bot and the variables that are set, but no secret', async () => {
    const file = project('p', '${TABLE}@draft', 4, "    where: name <> '${SKIPPED}'\n")
    const id = await queue(file)
    const stored = await runSql(
      workers.address(),
      "select string_agg(j::text, '') || (select string_agg(convert_from(content, 'UTF8'), '') from chatlayer_tables.queue_files) as all from chatlayer_tables_queue.job j",
    )
    const [, password = ''] = emulator.token.split(':')
    expect(JSON.stringify(stored)).toContain('${SKIPPED}')
    expect(JSON.stringify(stored)).not.toContain(password)
    const env = { TABLE: 't2', SKIPPED: 'name 1', CHATLAYER_BOT_ID: 'another-bot' }
    const worker = startWorker('a', ['--once'], env)
    expect(await worker.result).toMatchObject({ code: 0 })
    expect(await show(id)).toMatchObject({ status: 'done' })
    expect(codes('t2').toSorted()).toEqual(['p-0', 'p-2', 'p-3'])
  })

  it('fails where the worker lacks a variable', async () => {
    const id = await queue(project('p', '${TABLE}@draft', 1))
    await workOnce('a')
    const job = await show(id)
    expect(job).toMatchObject({ status: 'failed', failures: 1, result: { exit: 2 } })
    expect(job.reason).toContain('the environment has no variable TABLE')
  })

  it('is not a large file: the worker reads it where it is', async () => {
    const file = project('p', 't0@draft', 2)
    const filler = `# ${'x'.repeat(1_100_000)}`
    const rows = join(dirname(file), 'rows.csv')
    writeFileSync(rows, `code,name\np-0,name 0\np-1,${filler}\n`)
    const { code, stderr } = await clt('apply', '--queue', '--yes', '--file', file)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('rows.csv is not brought along')
    writeFileSync(rows, 'code,name\np-0,name 0\np-1,name 1\n')
    await workOnce('a')
    expect(codes('t0').toSorted()).toEqual(rowsOf('p', 2))
  })

  it('is not a plan, and not a token file', async () => {
    const file = project('p', 't0@draft', 2)
    for (const more of [
      ['--plan', 'plan.json'],
      ['--token-file', 'token'],
    ]) {
      const { code, stderr } = await clt('apply', '--queue', '--yes', '--file', file, ...more)
      expect({ code, stderr }).toMatchObject({ code: 2 })
      expect(stderr).toContain('cannot be queued')
    }
  })
})

it('goes back without a failure while another process writes to the table', async () => {
  const [table] = emulator.tables.list()
  const target = {
    ...{ origin: emulator.url, teamId: emulator.teamId, botId: emulator.botId },
    ...{ tableId: table?.id ?? '', tableName: 't0', version: 'DRAFT' as const },
  }
  const folder = workers.projects()
  await using state = await openState({
    ...{ address: workers.address(), env: {}, folder, program: 'test' },
  })
  const lock = await takeTableLock(state.locks('tables'), target, { wait: false })
  const id = await queue(project('p', 't0@draft', 3))
  const worker = startWorker('a')
  await until(() => worker.events().filter(({ end }) => end === 'back').length >= 2)
  expect(await show(id)).toMatchObject({ failures: 0 })
  expect(worker.events().find(({ end }) => end === 'back')?.reason).toContain('another process')
  await lock.release()
  await until(() => worker.events().some(({ end }) => end === 'done'))
  expect(codes('t0').toSorted()).toEqual(rowsOf('p', 3))
})

it('uses the database that chatlayer.yaml names', async () => {
  const file = project('p', 't0@draft', 2, `state: ${workers.address()}\n`)
  const elsewhere = { CHATLAYER_STATE: undefined }
  const queued = await workers.on('a').run(['apply', '--queue', '--yes', '--file', file], elsewhere)
  expect(queued.code, queued.stderr).toBe(0)
  const worked = await workers.on('b').run(['worker', '--once', '--file', file], elsewhere)
  expect(worked.code, worked.stderr).toBe(0)
  expect(worked.stderr).toMatch(/Z started, process \d+, 2 at a time\n/)
  expect(worked.stderr).toMatch(/Z [0-9a-f]{8}: took p\n.*Z [0-9a-f]{8}: done\n.*Z stopped\n$/s)
  expect(codes('t0').toSorted()).toEqual(rowsOf('p', 2))
})

it('needs a database, and a free port', async () => {
  const without = await workers.on('a').run(['worker'], { CHATLAYER_STATE: undefined })
  expect(without.code).toBe(2)
  expect(without.stderr).toBe(
    'error: a queue needs a database that machines share\nhint: Set CHATLAYER_STATE to the address of a PostgreSQL database, or to connection:NAME of a saved one.\n',
  )
  const { port } = new URL(emulator.url)
  const taken = await workers.on('a').run(['worker', '--once', '--metrics', port])
  expect(taken.code).toBe(2)
  expect(taken.stderr).toContain(`127.0.0.1:${port} cannot be used: EADDRINUSE`)
  const wrong = await clt('worker', '--metrics', 'here:port')
  expect(wrong.code).toBe(2)
})
