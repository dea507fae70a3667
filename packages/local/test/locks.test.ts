import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  holderText,
  LockFolder,
  type LockHolder,
  type Locks,
  TableLockedError,
  takeNew,
  takeTableLock,
  takeWhenFree,
  tryLock,
} from '../src/index.ts'

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

/** The locks of tables of a state folder. */
function tables(state = folder): LockFolder {
  return new LockFolder(join(state, 'locks'))
}

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

describe('a folder of locks', () => {
  it('lists locks by name until they are removed, and tells which are held', async () => {
    const locks = new LockFolder(join(folder, 'locks'))
    expect(await locks.names()).toEqual([])
    expect(await locks.isHeld('a')).toBe(false)
    const a = await locks.tryTake('a')
    const b = await locks.tryTake('b')
    expect(await locks.tryTake('a')).toBeUndefined()
    expect((await locks.names()).toSorted()).toEqual(['a', 'b'])
    await a?.release()
    await b?.remove()
    expect(await locks.names()).toEqual(['a'])
    expect([await locks.isHeld('a'), await locks.isHeld('b')]).toEqual([false, false])
    await using again = await locks.tryTake('a')
    expect(again?.name).toBe('a')
    expect(again?.lost.aborted).toBe(false)
    expect(await locks.isHeld('a')).toBe(true)
  })

  it('gives of many takers one the lock, also while it is removed', async () => {
    const locks = new LockFolder(join(folder, 'locks'))
    let holders = 0
    let taken = 0
    const take = async (): Promise<void> => {
      const lock = await takeWhenFree(locks, 'a', { minPollMs: 1, maxPollMs: 5 })
      holders++
      expect(holders).toBe(1)
      await new Promise(setImmediate)
      holders--
      taken++
      await lock.remove()
    }
    await Promise.all(Array.from({ length: 20 }, take))
    expect(taken).toBe(20)
    expect(await locks.names()).toEqual([])
  })

  it('takes a lock under a new name each time', async () => {
    const locks = new LockFolder(join(folder, 'locks'))
    await using first = await takeNew(locks)
    await using second = await takeNew(locks)
    expect((await locks.names()).toSorted()).toEqual([first.name, second.name].toSorted())
  })
})

describe('the lock of a table', () => {
  it('is refused at once to who does not wait, naming the table', async () => {
    await using _held = await takeTableLock(tables(), target, { wait: false })
    const second = takeTableLock(tables(), target, { wait: false })
    await expect(second).rejects.toThrow(TableLockedError)
    await expect(second).rejects.toMatchObject({
      code: 'LOCKED',
      message: 'the table "stores" (LIVE) is in use by another process',
    })
  })

  it('names who holds it, where that is known', async () => {
    const folderLocks = tables()
    const locks: Locks = {
      tryTake: (name) => folderLocks.tryTake(name),
      isHeld: (name) => folderLocks.isHeld(name),
      names: () => folderLocks.names(),
      holder: async () => ({ host: 'laptop-7', program: 'cli', principal: 'ann' }),
    }
    const held = await takeTableLock(locks, target, { wait: false })
    const told: string[] = []
    const onWait = (holder?: LockHolder): unknown => told.push(holderText(holder))
    const waiting = takeTableLock(locks, target, { wait: true, onWait })
    await expect(takeTableLock(locks, target, { wait: false })).rejects.toThrow(
      'is in use by another process on laptop-7 (cli, ann)',
    )
    await held.release()
    await (await waiting).release()
    expect(told).toEqual(['another process on laptop-7 (cli, ann)'])
    expect(holderText(await folderLocks.holder())).toBe('another process')
  })

  it('is apart for each gateway, team, bot, table and version', async () => {
    await using _held = await takeTableLock(tables(), target, { wait: false })
    const others = ['origin', 'teamId', 'botId', 'tableId', 'version'].map((name) => ({
      ...target,
      [name]: 'other',
    }))
    for (const other of others) {
      await using lock = await takeTableLock(tables(), other, { wait: false })
      expect(lock).toBeDefined()
    }
    const same = takeTableLock(tables(), { ...target, tableName: 'x' }, { wait: false })
    await expect(same).rejects.toThrow('"x"')
  })

  it('is waited for, which is reported once', async () => {
    const first = await takeTableLock(tables(), target, { wait: true })
    let waits = 0
    let isHeld = true
    const second = takeTableLock(tables(), target, { wait: true, onWait: () => waits++ }).then(
      async (lock) => {
        expect(isHeld).toBe(false)
        await lock.release()
      },
    )
    await new Promise((resolve) => setTimeout(resolve, 600))
    isHeld = false
    await first.release()
    await second
    expect(waits).toBe(1)
  })

  it('is free when its process is killed', async () => {
    const lock = await takeTableLock(tables(), target, { wait: false })
    await lock.release()
    const [name = ''] = readdirSync(join(folder, 'locks'))
    const child = await holder(join(folder, 'locks', name))
    const waiting = takeTableLock(tables(), target, { wait: true })
    await kill(child)
    await using _lock = await waiting
  })

  it('is not waited for any longer once the signal is aborted', async () => {
    await using _held = await takeTableLock(tables(), target, { wait: false })
    const controller = new AbortController()
    const waiting = takeTableLock(tables(), target, { wait: true, signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    const late = takeTableLock(tables(), target, { wait: true, signal: controller.signal })
    await expect(late).rejects.toBe(reason)
  })

  it('leaves one file that does not name the table, in a folder of its owner alone', async () => {
    const before = process.umask(0)
    try {
      await using _lock = await takeTableLock(tables(join(folder, 'state')), target, {
        wait: false,
      })
    } finally {
      process.umask(before)
    }
    const locks = join(folder, 'state', 'locks')
    expect(statSync(locks).mode & 0o777).toBe(0o700)
    expect(readdirSync(locks).join()).toMatch(/^[\da-f]{40}\.lock$/)
  })

  it('cannot be taken below a file', async () => {
    const lock = takeTableLock(tables(join(process.execPath, 'state')), target, { wait: true })
    await expect(lock).rejects.toMatchObject({ code: 'STORAGE', kind: 'missing' })
  })
})
