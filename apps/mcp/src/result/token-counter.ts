/** Counts tokens in a thread of its own, which is started at first need and ends when it is idle. */
import { Worker } from 'node:worker_threads'
import { estimateTokens } from './budget.ts'

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './token-worker.ts' : './token-worker.js',
  import.meta.url,
)

/** The vocabularies take some 80 MB. */
const IDLE_MS = 60_000

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, (tokens: number | undefined) => void>
  idle: NodeJS.Timeout | undefined
}

let thread: Thread | undefined
let lastId = 0

/**
 * The tokens of a text by o200k or cl100k, whichever needs more. Without the thread, for example if its
 * file is missing, an upper bound.
 */
export async function countTokens(text: string): Promise<number> {
  thread ??= start()
  const { worker, waiting, idle } = thread
  clearTimeout(idle)
  const id = ++lastId
  // A process does not end while it waits for a count, but does not wait for an idle thread.
  worker.ref()
  const tokens = await new Promise<number | undefined>((resolve) => {
    waiting.set(id, resolve)
    worker.postMessage({ id, text })
  })
  return tokens ?? estimateTokens(text)
}

function start(): Thread {
  const worker = new Worker(WORKER, { execArgv: [] })
  const started: Thread = { worker, waiting: new Map(), idle: undefined }
  worker.on('message', ({ id, tokens }: { id: number; tokens: number }) => {
    started.waiting.get(id)?.(tokens)
    started.waiting.delete(id)
    if (started.waiting.size > 0) return
    worker.unref()
    started.idle = setTimeout(() => end(started), IDLE_MS).unref()
  })
  worker.on('error', () => end(started))
  worker.on('exit', () => end(started))
  return started
}

function end(ended: Thread): void {
  if (thread === ended) thread = undefined
  clearTimeout(ended.idle)
  for (const resolve of ended.waiting.values()) resolve(undefined)
  ended.waiting.clear()
  void ended.worker.terminate()
}
