import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TableLockedError, takeTableLock, tryLock } from '../src/index.ts'

let folder: string
const target = {
  origin: 'https://gateway.example',
  teamId: 'team',
  botId: 'bot',
  tableId: 'table-id',
  version: 'LIVE',
  tableName: 'stores',
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'locks-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A process that holds a lock until it is killed. */
async function holder(path: string): Promise<ChildProcess> {
  const code = `
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(process.argv[1])
    database.exec('BEGIN EXCLUSIVE')
    console.log('held')
    setInterval(() => database.isOpen, 1000)
  `
  const child = spawn(process.execPath, ['-e', code, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout !== null) await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

describe('a lock', () => {
  it('excludes another taker in this process, and is free again when released', () => {
    const path = join(folder, 'a.lock')
    const first = tryLock(path)
    expect(tryLock(path)).toBeUndefined()
    // Asking for it must not have dropped it.
    expect(tryLock(path)).toBeUndefined()
    first?.release()
    first?.release()
    using second = tryLock(path)
    expect(second).toBeDefined()
  })

  it('excludes another process, however that ends', async () => {
    const path = join(folder, 'a.lock')
    const child = await holder(path)
    expect(tryLock(path)).toBeUndefined()
    await kill(child)
    using lock = tryLock(path)
    expect(lock).toBeDefined()
  })

  it('is not dropped in another process by asking for it here', async () => {
    const path = join(folder, 'a.lock')
    using lock = tryLock(path)
    expect(lock).toBeDefined()
    tryLock(path)
    const child = spawn(process.execPath, [
      '-e',
      `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec('BEGIN EXCLUSIVE')`,
      path,
    ])
    const [code] = await once(child, 'exit')
    expect(code).not.toBe(0)
  })
})

describe('the lock of a table', () => {
  it('is refused at once to who does not wait, naming the table', async () => {
    using _held = await takeTableLock(folder, target, { wait: false })
    const second = takeTableLock(folder, target, { wait: false })
    await expect(second).rejects.toThrow(TableLockedError)
    await expect(second).rejects.toMatchObject({
      code: 'LOCKED',
      message: 'the table "stores" (LIVE) is in use by another process on this machine',
    })
  })

  it('is apart for each gateway, team, bot, table and version', async () => {
    using _held = await takeTableLock(folder, target, { wait: false })
    const others = ['origin', 'teamId', 'botId', 'tableId', 'version'].map((name) => ({
      ...target,
      [name]: 'other',
    }))
    for (const other of others) {
      using lock = await takeTableLock(folder, other, { wait: false })
      expect(lock).toBeDefined()
    }
    const same = takeTableLock(folder, { ...target, tableName: 'x' }, { wait: false })
    await expect(same).rejects.toThrow('"x"')
  })

  it('is waited for, which is reported once', async () => {
    const first = await takeTableLock(folder, target, { wait: true })
    let waits = 0
    let isHeld = true
    const second = takeTableLock(folder, target, { wait: true, onWait: () => waits++ }).then(
      (lock) => {
        expect(isHeld).toBe(false)
        lock.release()
      },
    )
    await new Promise((resolve) => setTimeout(resolve, 600))
    isHeld = false
    first.release()
    await second
    expect(waits).toBe(1)
  })

  it('is free when its process is killed', async () => {
    const lock = await takeTableLock(folder, target, { wait: false })
    lock.release()
    const [name = ''] = readdirSync(join(folder, 'locks'))
    const child = await holder(join(folder, 'locks', name))
    const waiting = takeTableLock(folder, target, { wait: true })
    await kill(child)
    using _lock = await waiting
  })

  it('is not waited for any longer once the signal is aborted', async () => {
    using _held = await takeTableLock(folder, target, { wait: false })
    const controller = new AbortController()
    const waiting = takeTableLock(folder, target, { wait: true, signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    const late = takeTableLock(folder, target, { wait: true, signal: controller.signal })
    await expect(late).rejects.toBe(reason)
  })

  it('leaves one file that does not name the table, in a folder of its owner alone', async () => {
    const before = process.umask(0)
    try {
      using _lock = await takeTableLock(join(folder, 'state'), target, { wait: false })
    } finally {
      process.umask(before)
    }
    const locks = join(folder, 'state', 'locks')
    expect(statSync(locks).mode & 0o777).toBe(0o700)
    expect(readdirSync(locks).join()).toMatch(/^[\da-f]{40}\.lock$/)
  })

  it('cannot be taken below a file', async () => {
    const lock = takeTableLock(join(process.execPath, 'state'), target, { wait: true })
    await expect(lock).rejects.toMatchObject({ code: 'STORAGE', kind: 'missing' })
  })
})
