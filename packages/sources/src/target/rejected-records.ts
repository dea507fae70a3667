/** Finds the records that a constraint or trigger of the target rejects, after a merge has failed. */
import { SideError } from '../side-error.ts'
import type { MergeRequest } from './session.ts'
import type { Statements } from './statements.ts'

/** How many are named. */
const MAX_NAMED = 3

/** Runs a statement and returns its rows. */
export type RunStatement = (sql: string) => Promise<readonly (readonly unknown[])[]>

/**
 * The positions, from 1, of elements that cannot be applied after those before them, up to `max`.
 *
 * @param apply applies the elements after `from` up to `to`; false, and undone, where it cannot
 */
export async function findRejected(
  total: number,
  max: number,
  apply: (from: number, to: number) => Promise<boolean>,
): Promise<number[]> {
  const rejected: number[] = []
  let from = 0
  while (from < total && rejected.length < max && !(await apply(from, total))) {
    let to = total
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2)
      if (await apply(from, middle)) from = middle
      else to = middle
    }
    rejected.push(to)
    from = to
  }
  return rejected
}

/**
 * The error with the records that are rejected; the same error where it is not about rows, or they cannot
 * be found. To be called after the transaction was rolled back, while the stage is still there.
 */
export async function withRejected(
  error: unknown,
  run: RunStatement,
  statements: Statements,
  request: MergeRequest,
): Promise<unknown> {
  if (!(error instanceof SideError) || !error.isAboutRow) return error
  try {
    const ids = await rejectedIds(run, statements, request)
    if (ids.length === 0) return error
    const some = ids.length === MAX_NAMED ? ', and maybe others' : ''
    const records = `${ids.length === 1 ? 'the record' : 'the records'} ${ids.join(', ')}${some}`
    return new SideError(error.code, `${error.message}; it rejects ${records}`, {
      hint: 'Nothing was written. Change the values, or the table there.',
      cause: error,
    })
  } catch {
    return error
  }
}

async function rejectedIds(
  run: RunStatement,
  statements: Statements,
  { plan, append, deletes }: MergeRequest,
): Promise<string[]> {
  for (const sql of statements.numberStage()) await run(sql)
  const [[total] = []] = await run(`select count(*) from ${statements.stage}`)
  const found: number[] = []
  await run('begin')
  try {
    if (statements.hasTransactionalDdl) {
      if (plan.isNew) await run(statements.createTable(append === undefined))
      for (const sql of statements.addColumns(plan.added)) await run(sql)
    }
    if (deletes) await run(statements.delete())
    const pass = async (sqlOf: (part: Statements) => string | undefined): Promise<void> => {
      const apply = (from: number, to: number) =>
        attempt(run, [sqlOf(statements.part(from, to)), statements.checkNow()])
      found.push(...(await findRejected(Number(total), MAX_NAMED - found.length, apply)))
    }
    // In the order of a merge.
    if (append === undefined && !plan.isNew) await pass((part) => part.update())
    await pass((part) => part.insert(append ?? 'new'))
    const ids: string[] = []
    for (const position of found) {
      const [[id] = []] = await run(statements.stagedId(position))
      if (id != null) ids.push(String(id))
    }
    return ids
  } finally {
    await run('rollback')
  }
}

/** @returns false, with everything undone, where a row is rejected */
async function attempt(
  run: RunStatement,
  statements: readonly (string | undefined)[],
): Promise<boolean> {
  await run('savepoint part')
  try {
    for (const sql of statements) if (sql !== undefined) await run(sql)
    await run('release savepoint part')
    return true
  } catch (error) {
    if (!(error instanceof SideError) || !error.isAboutRow) throw error
    await run('rollback to savepoint part')
    return false
  }
}
