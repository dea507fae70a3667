/** Changes of jobs as statements. */
import {
  type JobChange,
  type KeptMark,
  type KeptRow,
  type KeptRowProblem,
  ROW_STATE_CODES,
} from '@chatlayer-tables/transfer'
import type { Run } from '../database.ts'
import { encodeId } from '../encoding.ts'
import * as sql from './statements.ts'

/** Rows in one statement. */
const MAX_ROWS = 5_000
/** The states of rows that were written, whose problems may be kept. */
const WRITTEN = [ROW_STATE_CODES.inserted, ROW_STATE_CODES.updated]

/** @returns the statements, sent in the order of the changes */
export function writeChanges(
  run: Run,
  job: string,
  changes: readonly JobChange[],
): Promise<unknown>[] {
  return joined(changes).flatMap((change) => statementsOf(run, job, change))
}

function statementsOf(run: Run, job: string, change: JobChange): Promise<unknown>[] {
  const part = [job, change.part]
  switch (change.kind) {
    case 'fact':
      return [run(sql.PUT_PART, part), run(sql.PUT_FACT, [...part, change.name, change.value])]
    case 'rows':
      return [...rows(run, part, change.rows), ...problems(run, part, change.problems)]
    case 'mark':
      return marks(run, part, [change.mark])
    case 'marks':
      return [run(sql.DELETE_MARKS, part), ...marks(run, part, change.marks)]
    case 'reopen':
      return [run(sql.REOPEN, part)]
    case 'reopenUnknown': {
      const values = [...part, ROW_STATE_CODES.unknown]
      return [run(sql.DELETE_PROBLEMS_OF, values), run(sql.DELETE_ROWS_OF, values)]
    }
    case 'finish':
      return finish(run, job, change)
    case 'remove':
      return [
        run(sql.DELETE_ROWS, part),
        run(sql.DELETE_PROBLEMS, part),
        run(sql.DELETE_PART, part),
      ]
  }
}

function finish(
  run: Run,
  job: string,
  { part: name, keepStored }: JobChange & { kind: 'finish' },
): Promise<unknown>[] {
  const part = [job, name]
  const own = [
    run(sql.DELETE_PROBLEMS_BUT, [...part, keepStored ? WRITTEN : []]),
    run(sql.DELETE_ROWS, part),
    run(sql.DELETE_MARKS, part),
    run(sql.DELETE_FILES, part),
    run(sql.PUT_FACT, [...part, 'done', 'true']),
  ]
  if (name !== '') return own
  const others = sql.DELETE_PARTS.map((statement) => run(statement, [job]))
  return [...own, ...others, run(sql.SET_DONE, [job])]
}

/** One change in place of several that follow each other and are of rows of one part. */
function joined(changes: readonly JobChange[]): JobChange[] {
  const all: JobChange[] = []
  for (const change of changes) {
    const last = all.at(-1)
    if (change.kind === 'rows' && last?.kind === 'rows' && last.part === change.part) {
      all[all.length - 1] = {
        ...change,
        rows: [...last.rows, ...change.rows],
        problems: [...last.problems, ...change.problems],
      }
    } else {
      all.push(change)
    }
  }
  return all
}

function rows(run: Run, part: readonly string[], all: readonly KeptRow[]): Promise<unknown>[] {
  return pages(latest(all)).map((page) =>
    run(sql.PUT_ROWS, [
      ...part,
      page.map(({ n }) => n),
      page.map(({ state }) => ROW_STATE_CODES[state]),
      page.map(({ id }) => (id === undefined ? null : encodeId(id))),
      page.map(({ content }) => (content === undefined ? null : Buffer.from(content))),
    ]),
  )
}

function problems(
  run: Run,
  part: readonly string[],
  all: readonly KeptRowProblem[],
): Promise<unknown>[] {
  return pages(latest(all)).map((page) =>
    run(sql.PUT_PROBLEMS, [...part, page.map(({ n }) => n), page.map(({ detail }) => detail)]),
  )
}

function marks(run: Run, part: readonly string[], all: readonly KeptMark[]): Promise<unknown>[] {
  return pages(all).map((page) =>
    run(sql.PUT_MARKS, [
      ...part,
      page.map(({ id }) => id),
      page.map(({ first }) => first),
      page.map(({ through }) => through),
      page.map(({ records }) => records ?? null),
      page.map(({ dates }) => dates ?? null),
    ]),
  )
}

/** The last one of each number: one statement cannot write a row twice. */
function latest<Row extends { readonly n: number }>(all: readonly Row[]): Row[] {
  return [...new Map(all.map((each) => [each.n, each])).values()]
}

function pages<T>(all: readonly T[]): T[][] {
  const found: T[][] = []
  for (let at = 0; at < all.length; at += MAX_ROWS) found.push(all.slice(at, at + MAX_ROWS))
  return found
}
