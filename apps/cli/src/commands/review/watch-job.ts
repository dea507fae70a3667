/** Shows the progress of a job until it ends; changes nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobSummary } from '@chatlayer-tables/transfer'
import type { WriteResult } from '@chatlayer-tables/views'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { jobStore } from '../../jobs/job-store.ts'
import { changedBy } from '../../output/change-output.ts'
import { formatCount, Progress } from '../../output/progress.ts'
import type { Handlers } from '../../pages/page-server.ts'
import { runPage } from '../../pages/run-page.ts'
import { rowOf } from '../jobs/kinds/index.ts'
import type { Options } from './definition.ts'

const POLL_MS = 500
/** Time until a request of a page is answered without news. */
const WAIT_MS = 5_000
/** Time for the last answer to arrive before the page ends. */
const END_MS = 1_000

/** @param id of a job */
export async function watchJob(
  id: string,
  { browser }: Options,
  context: Context,
): Promise<ExitCode> {
  const job = new WatchedJob(id, context)
  if (context.json) await writeJson(job, context)
  else if (browser && (await job.isRunning())) await watchInBrowser(job, context)
  else await watchInTerminal(job, context)
  return EXIT.ok
}

class WatchedJob {
  readonly id: string
  readonly #context: Context

  constructor(id: string, context: Context) {
    this.id = id
    this.#context = context
  }

  async summary(): Promise<JobSummary> {
    const store = await jobStore(this.#context)
    return await store.show(this.id)
  }

  async isRunning(): Promise<boolean> {
    return (await this.summary()).status === 'running'
  }

  /** Writes that took effect, by the journal, which is up to date while the job runs. */
  async written(): Promise<number> {
    const sets = await this.#context.journal.changesOf(this.id)
    return sets.reduce((sum, { counts }) => sum + changedBy(counts), 0)
  }

  /** Such as `import of airports.csv to airports`. */
  async title(): Promise<string> {
    const { file, table } = rowOf(await this.summary())
    return `job ${this.id}: ${file ?? 'input'} to ${table ?? 'a table'}`
  }

  async endText(): Promise<string> {
    const job = await this.summary()
    const { written, rejected, unknown } = rowOf(job)
    const counts = Object.entries({ written: written ?? (await this.written()), rejected, unknown })
      .filter(([, count]) => count !== null)
      .map(([what, count]) => `${formatCount(count ?? 0)} ${what}`)
    const next = job.status === 'unfinished' ? `. Continue with: clt jobs resume ${this.id}` : ''
    return `job ${this.id} is ${job.status}: ${counts.join(', ')}${next}`
  }
}

async function writeJson(job: WatchedJob, { out }: Context): Promise<void> {
  const summary = await job.summary()
  const { id, status } = summary
  const row = rowOf(summary)
  const written = status === 'running' ? await job.written() : row.written
  const counts = { written, rejected: row.rejected, unknown: row.unknown }
  await out.write(`${JSON.stringify({ job: id, status, ...counts })}\n`)
}

async function watchInTerminal(job: WatchedJob, { messages, stop }: Context): Promise<void> {
  await messages.note(await job.title())
  const progress = new Progress(messages)
  while (await job.isRunning()) {
    const written = await job.written()
    progress.show(() => `${formatCount(written)} records written`)
    await sleep(POLL_MS, undefined, { signal: stop })
  }
  await progress.end()
  await messages.say(await job.endText())
}

async function watchInBrowser(job: WatchedJob, context: Context): Promise<void> {
  const end = new AbortController()
  const handlers = jobHandlers(job, () => setTimeout(() => end.abort(), END_MS))
  const stop = AbortSignal.any([context.stop, end.signal])
  await runPage({ ...context, stop }, { page: 'changes', handlers, browser: true })
  await context.messages.say(await job.endText())
}

function jobHandlers(job: WatchedJob, onEnd: () => void): Handlers {
  return {
    async changes() {
      return {
        ...{
          title: await job.title(),
          facts: [],
          remarks: ['This page shows the job only.'],
          sets: [],
        },
        review: {
          ...{ id: job.id, digest: '', state: 'approved', canTick: false },
          expiresAt: new Date().toISOString(),
        },
      }
    },
    async changeRows() {
      return { rows: [] }
    },
    async progress({ done }, signal) {
      for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
        if (!(await job.isRunning())) {
          onEnd()
          const message = await job.endText()
          return { done: await job.written(), message, result: resultOf(message) }
        }
        if ((await job.written()) !== done) break
        await sleep(POLL_MS, undefined, { signal })
      }
      return { done: await job.written(), message: 'records written' }
    },
  }
}

function resultOf(endText: string): WriteResult {
  return { state: 'done', message: `${endText}.` }
}
