/**
 * The working copy of a job on this machine, made from its replica. A copy is used again only where it is
 * known to be equal to the replica; any other may lack what the job did elsewhere, or hold what never
 * reached the replica, and is made again.
 */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import {
  asStorageError,
  createDatabaseInTurns,
  ensurePrivateFolder,
  packId,
  StorageError,
} from '@chatlayer-tables/local'
import { makeTables, openJobDatabase, readFact, writeFactText } from './job-database.ts'
import { fetchFile, isWithin } from './job-files.ts'
import type { JobReplica, ReplicaFile, ReplicaPart, TakenJob } from './job-replicas.ts'
import { CODES } from './row-summary.ts'

/** The name of a job's database in its folder, and of the file that its lock is on. */
export const DATABASE = 'job.sqlite'
export const LOCK = 'lock.sqlite'

/** Whether the copy in this folder is equal to the replica as it was before it was taken over. */
export function isCurrent(folder: string, { version }: TakenJob): boolean {
  const path = join(folder, DATABASE)
  if (!existsSync(path)) return false
  try {
    using database = openJobDatabase(path, { readOnly: true })
    return readFact(database, 'copy') === version
  } catch {
    // A copy that cannot be read is made again.
    return false
  }
}

/**
 * Makes the copy in a folder that exists, whose lock is held. What else the folder holds is removed.
 *
 * @throws StorageError
 */
export async function makeWorkingCopy(folder: string, replica: JobReplica): Promise<void> {
  const [parts, files] = [await replica.parts(), await replica.files()]
  const folderOf = ({ part }: { readonly part: string }): string => {
    if (part === '') return folder
    if (!isWithin(part)) throw new StorageError('damaged', part, { detail: 'a part of a job' })
    return join(folder, part)
  }
  const known = new Set(parts.map(({ part }) => part))
  const needed = files.filter(({ part }) => known.has(part))
  await removeOthers(folder, needed)
  for (const part of parts) {
    const own = folderOf(part)
    ensurePrivateFolder(own)
    for (const file of needed) {
      if (file.part === part.part) await fetchFile(replica, own, file)
    }
    await makeDatabase(join(own, DATABASE), replica, part)
  }
}

/** Removes all files but the lock and those that the replica has. */
async function removeOthers(folder: string, files: readonly ReplicaFile[]): Promise<void> {
  const kept = new Set(files.map(({ part, name }) => join(part, name)))
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      const name = relative(folder, path)
      const isLock = !name.includes(sep) && name.startsWith(LOCK)
      if (!entry.isDirectory() && !isLock && !kept.has(name)) await rm(path, { force: true })
    }
  } catch (error) {
    throw asStorageError(error, folder)
  }
}

async function makeDatabase(path: string, replica: JobReplica, part: ReplicaPart): Promise<void> {
  await createDatabaseInTurns(path, async (database) => {
    database.exec('BEGIN')
    makeTables(database)
    for (const [name, text] of part.facts) writeFactText(database, name, text)
    const mark = database.prepare('INSERT INTO marks VALUES (?, ?, ?, ?, ?)')
    for (const { id, first, through, records, dates } of part.marks) {
      mark.run(id, first, through, records ?? null, dates ?? null)
    }
    await putRows(database, replica, part.part)
    database.exec('COMMIT')
  })
}

async function putRows(database: DatabaseSync, replica: JobReplica, part: string): Promise<void> {
  const row = database.prepare('INSERT INTO rows VALUES (?, ?, ?, ?)')
  for await (const page of replica.rows(part)) {
    for (const { n, state, id, content } of page) {
      row.run(n, CODES[state], id === undefined ? null : packId(id), content ?? null)
    }
  }
  const problem = database.prepare('INSERT INTO problems VALUES (?, ?)')
  for await (const page of replica.problems(part)) {
    for (const { n, detail } of page) problem.run(n, detail)
  }
}
