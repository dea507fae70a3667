/** Starts processes that run queries, and ends them at their limits. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SqlLimitError } from '../errors.ts'
import type {
  ComputeRequest,
  OutColumn,
  OutValue,
  PlanRequest,
  ReadTable,
  Reply,
  Request,
  RunRequest,
} from './protocol.ts'

export interface RunHandlers {
  readonly columns: (columns: readonly OutColumn[]) => void | Promise<void>
  readonly rows: (rows: readonly (readonly OutValue[])[]) => void | Promise<void>
}

export interface EngineOptions {
  /** Memory of a query in addition to that of its idle process, in bytes. */
  readonly maxMemory: number
}

/** The process could not run a query. */
export class QueryFailure extends Error {
  readonly reply: Extract<Reply, { kind: 'failed' }>

  constructor(reply: Extract<Reply, { kind: 'failed' }>) {
    super(reply.message)
    this.reply = reply
  }
}

function failureOf(reply: Reply): Error {
  return reply.kind === 'failed'
    ? new QueryFailure(reply)
    : new Error('unexpected reply of the query process')
}

/** Processes at once; further queries wait. */
const MAX_PROCESSES = 4
/** The time limit for planning a query. */
const MAX_PLAN_MS = 10_000
/** The time limit for starting a process, also on a busy machine. */
const MAX_START_MS = 60_000

export class Engine {
  readonly #options: EngineOptions
  readonly #idle: Sandbox[] = []
  readonly #all = new Set<Sandbox>()
  #busy = 0
  #waiting: (() => void)[] = []

  constructor(options: EngineOptions) {
    this.#options = options
  }

  plan(
    request: PlanRequest,
    signal?: AbortSignal,
  ): Promise<{ reads: readonly ReadTable[]; steps: readonly string[] }> {
    return this.#with(signal, async (sandbox) => {
      const reply = await sandbox.ask(request, MAX_PLAN_MS, signal)
      if (reply.kind === 'planned') return reply
      throw failureOf(reply)
    })
  }

  /** Evaluates expressions. */
  compute(
    request: ComputeRequest,
    { timeMs, signal }: { timeMs: number; signal?: AbortSignal | undefined },
  ): Promise<Extract<Reply, { kind: 'computed' }>> {
    return this.#with(signal, async (sandbox) => {
      const reply = await sandbox.ask(request, timeMs, signal)
      if (reply.kind === 'computed') return reply
      throw failureOf(reply)
    })
  }

  /** Runs a query; the time of `handlers` does not count. */
  run(
    request: RunRequest,
    handlers: RunHandlers,
    { timeMs, signal }: { timeMs: number; signal?: AbortSignal | undefined },
  ): Promise<'rows' | 'bytes' | undefined> {
    return this.#with(signal, async (sandbox) => {
      let left = timeMs
      const next = async (message: Request | { kind: 'more' } | undefined): Promise<Reply> => {
        const start = performance.now()
        const reply = await sandbox.ask(message, left, signal, timeMs)
        left -= performance.now() - start
        return reply
      }
      let reply = await next(request)
      while (true) {
        switch (reply.kind) {
          case 'columns':
            await handlers.columns(reply.columns)
            reply = await next(undefined)
            break
          case 'rows':
            await handlers.rows(reply.rows)
            reply = await next({ kind: 'more' })
            break
          case 'done':
            return reply.truncated
          default:
            throw failureOf(reply)
        }
      }
    })
  }

  /** Ends every process. */
  close(): void {
    for (const sandbox of this.#all) sandbox.end()
    this.#idle.length = 0
  }

  async #with<T>(
    signal: AbortSignal | undefined,
    work: (sandbox: Sandbox) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted()
    if (this.#busy >= MAX_PROCESSES) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
    this.#busy += 1
    let sandbox: Sandbox | undefined
    let isWell = false
    try {
      sandbox = this.#idle.pop() ?? this.#start()
      const result = await work(sandbox)
      isWell = true
      return result
    } catch (error) {
      isWell = error instanceof QueryFailure
      throw error
    } finally {
      this.#busy -= 1
      if (sandbox !== undefined) {
        if (isWell && sandbox.isAlive && this.#idle.length === 0) this.#idle.push(sandbox)
        else sandbox.end()
      }
      this.#waiting.shift()?.()
    }
  }

  #start(): Sandbox {
    const sandbox = new Sandbox(this.#options, () => {
      this.#all.delete(sandbox)
      const at = this.#idle.indexOf(sandbox)
      if (at >= 0) this.#idle.splice(at, 1)
    })
    this.#all.add(sandbox)
    return sandbox
  }
}

/** The file that the process runs: next to this one, as source or as built. */
const FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './sandbox.ts' : './sandbox.js', import.meta.url),
)

/** One process, for one query at a time. */
class Sandbox {
  readonly #child: ChildProcess
  readonly #maxMemory: number
  readonly #ready: Promise<Reply>
  #replies: Reply[] = []
  #listener: ((reply: Reply | undefined) => void) | undefined
  #ended = false
  /** Whether this program ended it. */
  #wasEnded = false

  constructor({ maxMemory }: EngineOptions, onEnd: () => void) {
    this.#maxMemory = maxMemory
    const { SystemRoot, SYSTEMROOT = SystemRoot } = process.env
    this.#child = fork(FILE, [String(maxMemory)], {
      serialization: 'advanced',
      // No variables of this process, in particular not its token.
      env: SYSTEMROOT === undefined ? {} : { SYSTEMROOT },
      execArgv: ['--no-warnings', '--max-old-space-size=256'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (reply: Reply) => this.#take(reply))
    const onExit = (): void => {
      this.#ended = true
      onEnd()
      this.#take(undefined)
    }
    this.#child.once('exit', onExit).once('error', onExit)
    // An idle process does not keep this one running.
    this.#child.unref()
    this.#child.channel?.unref?.()
    this.#ready = this.#next(MAX_START_MS)
    this.#ready.catch(() => undefined)
  }

  get isAlive(): boolean {
    return !this.#ended && this.#child.connected
  }

  end(): void {
    this.#ended = true
    this.#wasEnded = true
    this.#child.kill('SIGKILL')
  }

  /** Sends a message, if there is one, and waits for the reply. */
  async ask(
    message: Request | { readonly kind: 'more' } | undefined,
    timeMs: number,
    signal?: AbortSignal,
    limitMs = timeMs,
  ): Promise<Reply> {
    this.#child.channel?.ref?.()
    try {
      await this.#ready
      signal?.throwIfAborted()
      if (message !== undefined) this.#child.send(message, () => undefined)
      return await this.#next(timeMs, signal, limitMs)
    } finally {
      this.#child.channel?.unref?.()
    }
  }

  #take(reply: Reply | undefined): void {
    if (this.#listener !== undefined) this.#listener(reply)
    else if (reply !== undefined) this.#replies.push(reply)
  }

  #next(timeMs: number, signal?: AbortSignal, limitMs = timeMs): Promise<Reply> {
    const [reply] = this.#replies.splice(0, 1)
    if (reply !== undefined) return Promise.resolve(reply)
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#listener = undefined
        end()
      }
      const stop = (error: unknown): void => {
        this.end()
        settle(() => reject(error))
      }
      const onAbort = (): void => stop(signal?.reason)
      const timer = setTimeout(() => stop(tooLong(limitMs)), Math.max(0, timeMs))
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#listener = (reply) =>
        settle(() => (reply === undefined ? reject(this.#died()) : resolve(reply)))
      if (this.#ended) this.#take(undefined)
    })
  }

  /** It only ends by itself when its memory limit is reached. */
  #died(): Error {
    if (this.#wasEnded) return new Error('the mirrors were closed while a query ran')
    const megabytes = Math.round(this.#maxMemory / 1024 / 1024)
    return new SqlLimitError(
      'memory',
      `the query took more than ${megabytes} MB of memory, and was stopped`,
      'Read fewer rows or columns, or group and sort less at once.',
    )
  }
}

function tooLong(timeMs: number): SqlLimitError {
  return new SqlLimitError(
    'time',
    `the query took longer than ${timeMs / 1000} s, and was stopped`,
    'Narrow it down with WHERE, check for a JOIN without a condition, or allow it more time.',
  )
}
