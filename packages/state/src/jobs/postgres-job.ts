/** One job in PostgreSQL, whose lock this process holds. */
import { createHash } from 'node:crypto'
import { type HeldLock, unpackId } from '@chatlayer-tables/local'
import {
  type FileName,
  type JobChange,
  type JobFigures,
  type JobReplica,
  type KeptMark,
  type KeptRow,
  type KeptRowProblem,
  type ReplicaFile,
  type ReplicaPart,
  ROW_STATE_CODES,
  type RowState,
} from '@chatlayer-tables/transfer'
import type { Database, Run } from '../database.ts'
import { decodeId } from '../encoding.ts'
import type { Sessions } from '../sessions.ts'
import { writeChanges } from './changes.ts'
import * as sql from './statements.ts'

export interface PostgresJobOptions {
  readonly database: Database
  readonly sessions: Sessions
  readonly lock: HeldLock
  readonly version: number
}

const PAGE_ROWS = 5_000
const PIECE_BYTES = 1_000_000

export class PostgresJob implements JobReplica {
  readonly #job: string
  readonly #database: Database
  readonly #sessions: Sessions
  readonly #lock: HeldLock
  #version: number

  constructor({ database, sessions, lock, version }: PostgresJobOptions) {
    this.#job = lock.name
    this.#database = database
    this.#sessions = sessions
    this.#lock = lock
    this.#version = version
  }

  get version(): number {
    return this.#version
  }

  async putFile({ part, name }: FileName, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const file = [this.#job, part, name]
    await this.#commit((run) => [
      run(sql.PUT_PART, [this.#job, part]),
      run(sql.DELETE_FILE, file),
      run(sql.BEGIN_FILE, file),
    ])
    const hash = createHash('sha256')
    let [size, n] = [0, 0]
    for await (const piece of inPieces(pieces)) {
      hash.update(piece)
      size += piece.length
      const values = [...file, n++, piece]
      await this.#commit((run) => [run(sql.PUT_PIECE, values)])
    }
    const digest = hash.digest('hex')
    await this.#commit((run) => [run(sql.END_FILE, [...file, size, digest])])
  }

  async begin(format: number, facts: string): Promise<void> {
    await this.#commit((run) => [
      run(sql.PUT_FACT, [this.#job, '', 'facts', facts]),
      run(sql.BEGIN, [this.#job, format]),
    ])
  }

  async write(changes: readonly JobChange[], figures: JobFigures | undefined): Promise<void> {
    await this.#commit((run) => writeChanges(run, this.#job, changes), figures)
  }

  async parts(): Promise<ReplicaPart[]> {
    const facts = await this.#database.query(sql.FACTS, [this.#job])
    const marks = await this.#database.query(sql.MARKS, [this.#job])
    const parts = new Map<string, ReplicaPart>()
    for (const { part, name, value } of facts) {
      const found = parts.get(String(part)) ?? {
        part: String(part),
        facts: new Map(),
        marks: marks.filter((mark) => mark.part === part).map(markOf),
      }
      parts.set(found.part, found)
      const texts = found.facts as Map<string, string>
      texts.set(String(name), String(value))
    }
    return [...parts.values()]
  }

  async files(): Promise<ReplicaFile[]> {
    const rows = await this.#database.query(sql.FILES, [this.#job])
    return rows.map(({ part, name, size, sha256 }) => ({
      part: String(part),
      name: String(name),
      size: Number(size),
      sha256: String(sha256),
    }))
  }

  async *readFile({ part, name }: FileName): AsyncGenerator<Uint8Array, void, undefined> {
    for (let n = 0; ; n++) {
      const [row] = await this.#database.query(sql.PIECE, [this.#job, part, name, n])
      if (row === undefined) return
      yield row.bytes as Uint8Array
    }
  }

  async *rows(part: string): AsyncGenerator<readonly KeptRow[], void, undefined> {
    for await (const page of this.#pages(sql.ROWS, part)) {
      yield page.map(({ n, state, id, content }) => ({
        n: Number(n),
        state: stateOf(Number(state)),
        id: id === null ? undefined : unpackId(decodeId(id as Buffer)),
        content: content === null ? undefined : (content as Uint8Array),
      }))
    }
  }

  async *problems(part: string): AsyncGenerator<readonly KeptRowProblem[], void, undefined> {
    for await (const page of this.#pages(sql.PROBLEMS, part)) {
      yield page.map(({ n, detail }) => ({ n: Number(n), detail: String(detail) }))
    }
  }

  async *#pages(statement: string, part: string) {
    for (let last = 0; ; ) {
      const page = await this.#database.query(statement, [this.#job, part, last, PAGE_ROWS])
      if (page.length > 0) yield page
      if (page.length < PAGE_ROWS) return
      last = Number(page.at(-1)?.n)
    }
  }

  /** Runs statements as one transaction, in their order. @throws StorageError */
  async #commit(
    statements: (run: Run) => readonly Promise<unknown>[],
    figures?: JobFigures | undefined,
  ): Promise<void> {
    const text = figures === undefined ? null : JSON.stringify(figures)
    const [row] = await this.#sessions.commitOnce(this.#lock, async (run) => {
      const all = statements(run)
      const touched = run(sql.TOUCH, [this.#job, text])
      await Promise.all(all)
      return await touched
    })
    this.#version = Number(row?.version)
  }
}

function markOf(row: Record<string, unknown>): KeptMark {
  const { id, first, through, records, dates } = row
  const timeOf = (value: unknown) => (value === null ? undefined : Number(value))
  return {
    ...{ id: Number(id), first: Number(first), through: Number(through) },
    ...{ records: timeOf(records), dates: timeOf(dates) },
  }
}

const STATES = new Map(
  Object.entries(ROW_STATE_CODES).map(([state, code]) => [code, state as RowState]),
)

function stateOf(code: number): RowState {
  const state = STATES.get(code)
  if (state === undefined) throw new Error(`a row of a job has the state ${code}`)
  return state
}

/** The same bytes in pieces of one size, but for the last. */
async function* inPieces(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const each of bytes) {
    held.push(each)
    size += each.length
    if (size < PIECE_BYTES) continue
    yield Buffer.concat(held)
    held = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(held)
}
