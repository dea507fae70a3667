/** A disk that is full or fills up, in each place that commands write to. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Env, type Result, run, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
] as const

const mounted: string[] = []

const { emulator, env, folder } = await useEmulator({
  tables: [{ name: 't', columns: COLUMNS }],
})

afterEach(() => {
  for (const path of mounted.splice(0)) execFileSync('umount', ['-l', path])
})

/** A small separate disk; undefined if this user cannot mount one. */
function smallDisk(size = '1m'): string | undefined {
  const path = join(folder, 'disk')
  mkdirSync(path)
  if (
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', path]).status !== 0
  ) {
    console.warn('SKIPPED: this user may not mount a tmpfs; a full disk is not tested')
    return undefined
  }
  mounted.push(path)
  return path
}

/** Leaves this many bytes free on a disk (default: all). */
function leave(disk: string, bytes = Number.POSITIVE_INFINITY): void {
  const file = join(disk, 'filler')
  rmSync(file, { force: true })
  const { bavail, bsize } = statfsSync(disk)
  const size = bavail * bsize - bytes
  if (size <= 0) return
  try {
    writeFileSync(file, Buffer.alloc(size))
  } catch (error) {
    // A command at work wrote meanwhile; the disk is as full as it gets.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

function csv(rows: number, extra: readonly string[] = []): string {
  const file = join(folder, 'rows.csv')
  const lines = Array.from(
    { length: rows },
    (_, index) => `c${index},${'name '.repeat(12)}${index}`,
  )
  writeFileSync(file, ['code,name', ...lines, ...extra, ''].join('\n'))
  return file
}

async function count(): Promise<number> {
  return Number((await run(['records', 'count', 't'], env)).stdout)
}

function jobOf({ stderr }: Result): string {
  return /clt jobs resume (\w+)/.exec(stderr)?.[1] ?? ''
}

/** The counts in the summary of an import. */
function sums({ stderr }: Result): Record<string, number> {
  const found = stderr.matchAll(/([\d,]+) (rows read|written|rejected|unknown|not sent)/g)
  return Object.fromEntries(
    Array.from(found, ([, number = '', name = '']) => [name, Number(number.replaceAll(',', ''))]),
  )
}

describe('a disk that fills up during an import', () => {
  it.each([
    ['with the job on it', ['--no-journal'], 110_000],
    ['with job and journal on it', [], 230_000],
  ])('%s: the counts are correct, and resuming writes the rest once', async (_, flags, bytes) => {
    const disk = smallDisk()
    if (disk === undefined) return
    const rows = 1_500
    const file = csv(rows)
    leave(disk, bytes)
    const full = { ...env, XDG_STATE_HOME: disk }
    // Slow enough that the job is stored, and the disk full, long before the last row is sent.
    emulator.faults.add({ kind: 'latency', ms: 60, actions: ['INSERT'] })
    const first = await run(['import', 't', file, ...flags], full)
    emulator.faults.clear()
    expect(first.code, first.stderr).toBe(8)
    expect(first.stderr).toMatch(/error: .*no space left in .*disk\/chatlayer-tables/)
    expect(first.stderr).toContain('hint: Free space there, then run: clt jobs resume')
    expect(first.stderr.match(/error:/g)).toHaveLength(1)
    const { written = 0, 'not sent': unsent, unknown } = sums(first)
    expect(sums(first)).toMatchObject({ 'rows read': rows, rejected: 0 })
    expect(written + Number(unsent) + Number(unknown)).toBe(rows)
    expect(unsent).toBeGreaterThan(0)
    expect(await count()).toBe(written)

    const listed = await run(['jobs', 'list'], full)
    expect(listed.stdout).toContain(`${jobOf(first)}\tunfinished`)

    execFileSync('mount', ['-o', 'remount,size=60m', disk])
    leave(disk)
    const second = await run(['jobs', 'resume', jobOf(first)], full)
    expect(second.code, second.stderr).toBe(0)
    expect(await count()).toBe(rows)
  })

  it('only for the rejected rows: the job keeps them', async () => {
    const disk = smallDisk()
    if (disk === undefined) return
    const wide = `x,${'y'.repeat(2_000)},z`
    const file = csv(
      5,
      Array.from({ length: 100 }, () => wide),
    )
    leave(disk, 20_000)
    const first = await run(['import', 't', file, '--out-dir', disk], env)
    expect(first.code, first.stderr).toBe(8)
    expect(first.stderr).toContain(`no space left in ${disk}`)
    expect(sums(first)).toMatchObject({ written: 5, rejected: 100, 'not sent': 0 })
    expect(readdirSync(disk)).toEqual(['filler'])
    leave(disk)
    const second = await run(['jobs', 'resume', jobOf(first)], env)
    expect(second.code, second.stderr).toBe(6)
    expect(readFileSync(join(disk, 'rows.rejected.csv'), 'utf8').split('\n')).toHaveLength(102)
    expect(await count()).toBe(5)
  })
})

/** Fills the disk once some records are written. */
async function fillDuring(args: readonly string[], full: Env, disk: string): Promise<Result> {
  const { child, result } = start(args, full)
  child.stdin?.end()
  while (emulator.tables.count('t') < 100) await sleep(5)
  leave(disk, 0)
  return await result
}

it('a disk that fills up during a sync or a restore stops it, and resuming completes it', async () => {
  const disk = smallDisk('10m')
  if (disk === undefined) return
  const rows = 1_500
  const file = csv(rows)
  const archive = join(folder, 'bot.zip')
  const full = { ...env, XDG_STATE_HOME: disk }
  const sync = ['sync', file, 't', '--key', 'code', '--yes', '--no-journal']
  const restore = ['restore', archive, 't', '--yes', '--no-journal']
  for (const args of [sync, restore]) {
    emulator.reset()
    const first = await fillDuring(args, full, disk)
    expect(first.code, first.stderr).toBe(8)
    expect(first.stderr).toContain(`error: no space left in ${disk}`)
    expect(first.stderr).toContain('hint: Free space there, then run: clt jobs resume')
    leave(disk)
    const second = await run(['jobs', 'resume', jobOf(first)], full)
    expect(second.code, second.stderr).toBe(0)
    expect(await count()).toBe(rows)
    if (args === sync) expect((await run(['backup', '-o', archive], env)).code).toBe(0)
  }
})

describe('a full disk', () => {
  it('is reported once, before anything is sent', async () => {
    const disk = smallDisk()
    if (disk === undefined) return
    leave(disk, 0)
    const full = { ...env, XDG_STATE_HOME: disk }
    const file = csv(2)
    for (const args of [
      ['import', 't', file],
      ['records', 'insert', 't', '--set', 'code=x', '--yes'],
      ['sync', file, 't', '--key', 'code', '--yes'],
    ]) {
      const before = emulator.requests.log.length
      const result = await run(args, full)
      expect(result, args.join(' ')).toMatchObject({ code: 8, stdout: '' })
      expect(result.stderr).toMatch(/^error: no space left in .*\nhint: Free space there.*\n$/)
      expect(emulator.requests.log.length).toBe(before)
    }
  })

  it('leaves no part of an export or a backup', async () => {
    const disk = smallDisk()
    if (disk === undefined) return
    expect((await run(['import', 't', csv(400)], env)).code).toBe(0)
    leave(disk, 8_192)
    for (const args of [
      ['export', 't', '-o', join(disk, 'out.csv')],
      ['export', 't', '-o', join(disk, 'out.xlsx')],
      ['backup', '-o', join(disk, 'bot.zip')],
    ]) {
      const result = await run(args, env)
      expect(result.code, result.stderr).toBe(8)
      expect(result.stderr).toContain(`error: no space left in ${disk}\n`)
      expect(readdirSync(disk)).toEqual(['filler'])
    }
  })
})
