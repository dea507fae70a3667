/** Storage errors of a real system: a full disk, a file in the way, a folder below a file. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  asStorageError,
  checkFolder,
  checkPrivateFolder,
  createPrivateFile,
  ensureFolder,
  ensurePrivateFolder,
  openDatabase,
  StorageError,
  storageErrorIn,
  storageErrorOf,
  transaction,
  tryLock,
} from '../src/index.ts'

let folder: string
const mounted: string[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-'))
})

afterEach(() => {
  for (const path of mounted.splice(0)) execFileSync('umount', ['-l', path])
  rmSync(folder, { recursive: true, force: true })
})

/** A disk of its own; undefined where this user may not mount. */
function smallDisk(): string | undefined {
  const path = join(folder, 'disk')
  mkdirSync(path)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', path])
  if (status !== 0) {
    console.warn('SKIPPED: this user may not mount a tmpfs; a full disk is not tested')
    return undefined
  }
  mounted.push(path)
  return path
}

function errorOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

describe('a full database', () => {
  it('is reported as full, and not as the rollback that SQLite did itself', () => {
    const path = join(folder, 'a.sqlite')
    using database = new DatabaseSync(path)
    database.exec('PRAGMA max_page_count = 4; CREATE TABLE t (x)')
    const error = errorOf(() =>
      transaction(database, () => {
        for (;;) database.exec('INSERT INTO t VALUES (hex(randomblob(2000)))')
      }),
    )
    expect(error).toMatchObject({ code: 'STORAGE', kind: 'full', path: folder })
    expect(error).toHaveProperty('message', `no space left in ${folder}`)
    expect(database.isTransaction).toBe(false)
  })

  it('is reported for a disk without space, by files and databases', () => {
    const disk = smallDisk()
    if (disk === undefined) return
    using database = new DatabaseSync(join(disk, 'a.sqlite'))
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)')
    const inDatabase = errorOf(() => {
      for (;;) transaction(database, () => database.exec('INSERT INTO t VALUES (randomblob(9000))'))
    })
    expect(inDatabase).toMatchObject({ kind: 'full', path: disk })
    const inFile = storageErrorOf(
      errorOf(() => writeFileSync(join(disk, 'b'), Buffer.alloc(300_000))),
      disk,
    )
    expect(inFile).toMatchObject({ kind: 'full', path: disk })
    expect(errorOf(() => checkFolder(disk))).toMatchObject({ kind: 'full', path: disk })
    expect(readdirSync(disk).some((name) => name.startsWith('.probe'))).toBe(false)
  })
})

it('the first error of a transaction is thrown, and it is rolled back', () => {
  using database = new DatabaseSync(join(folder, 'a.sqlite'))
  database.exec('CREATE TABLE t (x)')
  const reason = new Error('no')
  const error = errorOf(() =>
    transaction(database, () => {
      database.exec('INSERT INTO t VALUES (1)')
      throw reason
    }),
  )
  expect(error).toBe(reason)
  expect(database.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 })
  expect(transaction(database, () => 7)).toBe(7)
})

it('a database that another connection has locked', () => {
  const path = join(folder, 'a.sqlite')
  using holder = new DatabaseSync(path)
  holder.exec('CREATE TABLE t (x); BEGIN EXCLUSIVE')
  using database = openDatabase(path)
  expect(errorOf(() => transaction(database, () => 1))).toMatchObject({ kind: 'locked', path })
})

describe('a file that is not a database', () => {
  it.each([
    ['an empty file', (path: string) => writeFileSync(path, '')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a symbolic link', (path: string) => symlinkSync('/etc/passwd', path)],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ])('%s is refused before it is opened', (_, make) => {
    const path = join(folder, 'a.sqlite')
    make(path)
    expect(errorOf(() => openDatabase(path))).toMatchObject({ kind: 'damaged', path })
  })

  it('text is refused when it is read, or locked', () => {
    const path = join(folder, 'a.sqlite')
    writeFileSync(path, 'text '.repeat(1_000))
    using database = openDatabase(path)
    const error = errorOf(() => database.prepare('SELECT * FROM t'))
    expect(storageErrorOf(error, path)).toMatchObject({ kind: 'damaged', path })
    expect(errorOf(() => tryLock(path))).toMatchObject({ kind: 'damaged', path })
  })
})

describe('a folder', () => {
  it('that cannot be: below a file, or where a file is', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const below = join(file, 'state', 'jobs')
    // Its `mkdir` reports /proc itself as missing.
    expect(errorOf(() => checkFolder('/proc/none/state'))).toMatchObject({ code: 'STORAGE' })
    expect(errorOf(() => checkFolder(below))).toMatchObject({ kind: 'missing', path: below })
    expect(errorOf(() => checkFolder(file))).toMatchObject({ kind: 'damaged', path: file })
    expect(readFileSync(file, 'utf8')).toBe('')
  })

  it('has mode 0700, and its files 0600, regardless of the umask', () => {
    const before = process.umask(0)
    try {
      for (const umask of [0, 0o077, 0o277]) {
        process.umask(umask)
        const path = join(folder, String(umask))
        ensureFolder(path)
        createPrivateFile(join(path, 'file'))
        const modes = [path, join(path, 'file')].map((each) => statSync(each).mode & 0o777)
        expect(modes).toEqual([0o700, 0o600])
      }
    } finally {
      process.umask(before)
    }
  })

  it('that exists keeps its mode, and is left empty by a check', () => {
    const path = join(folder, 'shared')
    mkdirSync(path)
    chmodSync(path, 0o755)
    checkFolder(path)
    expect(statSync(path).mode & 0o777).toBe(0o755)
    expect(readdirSync(path)).toEqual([])
  })
})

describe('a folder that others could change', () => {
  const shared = (path: string) => ({ code: 'STORAGE', kind: 'shared', path })

  it('is refused and named, also one above it that is called chatlayer-tables', () => {
    const own = join(folder, 'chatlayer-tables')
    const jobs = join(own, 'state', 'jobs')
    ensurePrivateFolder(jobs)
    for (const mode of [0o720, 0o702, 0o777]) {
      for (const path of [own, join(own, 'state'), jobs]) {
        chmodSync(path, mode)
        for (const work of [ensurePrivateFolder, checkFolder, checkPrivateFolder]) {
          const error = errorOf(() => work(jobs))
          expect(error).toMatchObject(shared(path))
          expect(error).toHaveProperty('message', `others can write to ${path}`)
          expect(error).toHaveProperty('hint', `Check what is in it, then run: chmod 700 ${path}`)
        }
        chmodSync(path, 0o755)
        checkPrivateFolder(jobs)
      }
    }
    // What is above could only put a folder of another user in its place.
    chmodSync(folder, 0o777)
    checkPrivateFolder(jobs)
    checkPrivateFolder(join(folder, 'not there', 'chatlayer-tables', 'jobs'))
  })

  it('has its name quoted for a shell', () => {
    const odd = join(folder, "it's $(odd)")
    mkdirSync(odd)
    chmodSync(odd, 0o777)
    const hint = Reflect.get(errorOf(() => checkPrivateFolder(odd)) as object, 'hint')
    const command = String(hint).split(': ').slice(1).join(': ')
    execFileSync('sh', ['-c', command])
    expect(statSync(odd).mode & 0o777).toBe(0o700)
  })

  it.runIf(process.getuid?.() === 0)('is refused where it belongs to another user', () => {
    const own = join(folder, 'chatlayer-tables')
    ensurePrivateFolder(own)
    chownSync(own, 12_345, 12_345)
    const error = errorOf(() => checkPrivateFolder(join(own, 'jobs')))
    expect(error).toMatchObject(shared(own))
    expect(error).toHaveProperty('message', `${own} belongs to another user`)
  })
})

it('other errors are none of the storage', () => {
  for (const error of [new Error('x'), 'x', Object.assign(new Error('x'), { code: 'ENOSPC' })]) {
    expect(storageErrorOf(error, folder)).toBeUndefined()
    expect(asStorageError(error, folder)).toBe(error)
  }
  const wrapped = new Error('outer', { cause: new StorageError('full', folder) })
  expect(storageErrorIn(wrapped)).toBe(wrapped.cause)
  expect(storageErrorIn(new Error('x'))).toBeUndefined()
})
