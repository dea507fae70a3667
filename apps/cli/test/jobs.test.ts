/** `clt jobs`, and the files of an import on this machine. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkNoSecret, reportOf, run, start } from './cli.ts'
import { NO_AIRPORTS, useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator({ tables: [NO_AIRPORTS] })

/** Makes the gateway reject the next row. */
function refuseOne(): void {
  emulator.faults.set([{ kind: 'status', status: 400, actions: ['INSERT'], times: 1 }])
}

/** Starts an import that stops at its first row. */
async function unfinished(name = 'some.csv'): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, 'iata,latitude\nAAA,1.5\nBBB,15.55\nCCC,2.5\n')
  refuseOne()
  const { stdout } = await run(
    ['import', 'airports', file, '--on-error', 'stop', '--json', '-q'],
    env,
  )
  return reportOf(stdout).job
}

describe('clt jobs', () => {
  it('lists, shows and removes', async () => {
    expect(await run(['jobs', 'list'], env)).toMatchObject({
      code: 0,
      stderr: 'There are no jobs yet. clt import, sync, restore and records copy create them.\n',
    })
    const job = await unfinished()
    const file = join(folder, 'good.csv')
    await writeFile(file, 'iata\nDDD\n')
    await run(['import', 'airports', file], env)

    const [, done, open] = (await run(['jobs', 'list'], env)).stdout.split('\n')
    expect(done?.split('\t').slice(1)).toMatchObject([
      'done',
      expect.anything(),
      'good.csv',
      'airports@draft',
      '1',
      '0',
      '0',
    ])
    expect(open?.split('\t')).toEqual([
      job,
      'unfinished',
      expect.anything(),
      'some.csv',
      'airports@draft',
      expect.anything(),
      '1',
      '0',
    ])

    const shown = await run(['jobs', 'show', job.slice(0, 7)], env)
    expect(shown.stdout).toContain(`file\t${join(folder, 'some.csv')}`)
    expect(shown.stdout).toContain(emulator.url)
    expect(shown.stderr).toContain(`clt jobs resume ${job}`)
    const { facts } = JSON.parse((await run(['jobs', 'show', job, '--json'], env)).stdout)
    expect(facts.input.fingerprint.size).toBe(40)

    expect(await run(['jobs', 'rm'], env)).toMatchObject({ code: 2 })
    expect(await run(['jobs', 'rm', '--done'], env)).toMatchObject({ code: 0 })
    expect(JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout)).toMatchObject([
      { id: job },
    ])
    expect(await run(['jobs', 'rm', job], env)).toMatchObject({ code: 0 })
    expect(await readdir(join(folder, 'state', 'chatlayer-tables', 'jobs'))).toEqual([])
  })

  it('resume needs no id for a single job, and asks for one if there are several', async () => {
    expect(await run(['jobs', 'resume'], env)).toMatchObject({ code: 2 })
    const job = await unfinished()
    const resumed = await run(['jobs', 'resume', '--json'], env)
    expect(resumed.code).toBe(6)
    expect(reportOf(resumed.stdout)).toMatchObject({ job, read: 3, ok: 2, rejected: 1 })
    expect(await readFile(join(folder, 'some.rejected.csv'), 'utf8')).toBe(
      'iata,latitude\nAAA,1.5\n',
    )

    const [one, two] = [await unfinished('one.csv'), await unfinished('two.csv')]
    const { code, stderr } = await run(['jobs', 'resume'], env)
    expect(code).toBe(2)
    expect(stderr).toContain(one)
    expect(stderr).toContain(two)
    expect(await run(['jobs', 'resume', 'none'], env)).toMatchObject({ code: 3 })
  })

  it('resume writes to the version that the import started with', async () => {
    const file = join(folder, 'live.csv')
    await writeFile(file, 'iata,latitude\nAAA,2\nBBB,1\n')
    refuseOne()
    const { stdout } = await run(
      ['import', 'airports@live', file, '--on-error', 'stop', '--json'],
      env,
    )
    expect(reportOf(stdout).version).toBe('LIVE')
    await run(['jobs', 'resume'], env)
    expect([emulator.tables.count('airports'), emulator.tables.count('airports', 'LIVE')]).toEqual([
      0, 1,
    ])
  })

  it('rm prints how to undo the writes of an unfinished job', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 20, actions: ['INSERT'] }])
    const file = join(folder, 'some.csv')
    await writeFile(file, `iata\n${'AAA\n'.repeat(2_000)}`)
    const { child, result } = start(['import', 'airports', file, '--json'], env)
    while (emulator.tables.count('airports') < 50) await new Promise((r) => setTimeout(r, 5))
    child.kill('SIGINT')
    const { job } = reportOf((await result).stdout)
    const { code, stderr } = await run(['jobs', 'rm', job], env)
    expect(code).toBe(0)
    expect(stderr).toContain(`clt changes undo --job ${job}`)
  })

  it('resume reports what has changed', async () => {
    const job = await unfinished()
    await writeFile(join(folder, 'some.csv'), 'iata,latitude\nAAA,1.5\nBBB,15.5\nCCC,2.5\n')
    const changed = await run(['jobs', 'resume', job], env)
    expect(changed).toMatchObject({ code: 2, stdout: '' })
    expect(changed.stderr).toContain('some.csv has changed')
    expect(changed.stderr).toContain(`clt changes undo --job ${job}`)
    const other = await run(['jobs', 'resume', job], { ...env, CHATLAYER_BOT_ID: 'other' })
    expect(other.stderr).toMatch(/bot was ".*" and is "other"/)
  })
})

describe('the files of a job', () => {
  it('are private to their owner, and contain no secrets', async () => {
    const job = await unfinished()
    const jobs = join(folder, 'state', 'chatlayer-tables', 'jobs')
    for (const path of [jobs, join(jobs, job)]) {
      if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o700)
    }
    const names = await readdir(join(jobs, job))
    expect(names).toContain('job.sqlite')
    for (const name of names) {
      const path = join(jobs, job, name)
      checkNoSecret(await readFile(path, 'latin1'), env)
      if (process.platform !== 'win32') expect((await stat(path)).mode & 0o077, name).toBe(0)
    }
  })

  it('do not exist if an import could not start', async () => {
    const file = join(folder, 'wrong.csv')
    await writeFile(file, 'nothing\n1\n')
    expect(await run(['import', 'airports', file], env)).toMatchObject({ code: 2 })
    expect(await run(['import', 'airports', join(folder, 'none.csv')], env)).toMatchObject({
      code: 2,
    })
    expect(JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout)).toEqual([])
  })
})

describe('standard input', () => {
  it('leaves no files when interrupted', async () => {
    const jobs = join(folder, 'state', 'chatlayer-tables', 'jobs')
    const { child, result } = start(['import', 'airports', '-'], env)
    child.stdin?.write('iata\nAAA\n')
    const begun = async () => (await readdir(jobs).catch(() => [])).length > 0
    while (!(await begun())) await new Promise((r) => setTimeout(r, 5))
    child.kill('SIGINT')
    expect((await result).code).toBe(130)
    expect(await readdir(jobs)).toEqual([])
  })

  it('is imported, and stored until the import is done', async () => {
    const text = 'iata,latitude\nAAA,1.5\nBBB,3.5\nCCC,2.5\n'
    refuseOne()
    const args = ['import', 'airports', '-', '--on-error', 'stop', '--out-dir', folder, '--json']
    const first = await run(args, env, text)
    expect(first.code).toBe(6)
    expect(reportOf(first.stdout)).toMatchObject({ file: 'stdin', rejected: 1, finished: false })
    const second = await run(['jobs', 'resume', '--json'], env)
    expect(reportOf(second.stdout)).toMatchObject({ read: 3, ok: 2, rejected: 1, finished: true })
    expect(await readFile(join(folder, 'stdin.rejected.csv'), 'utf8')).toContain('AAA,1.5')
  })
})
