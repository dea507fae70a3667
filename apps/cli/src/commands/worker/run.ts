/** `clt worker`: carries out what is queued. */
import { hostname } from 'node:os'
import type { Queue, QueueRun, Verdict } from '@chatlayer-tables/state'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { type ApplyWork, environmentOf, makeOrder } from '../../queue/apply-order.ts'
import { carryOut } from '../../queue/carry-out.ts'
import { serveMetrics } from '../../queue/metrics-server.ts'
import { openQueue } from '../../queue/open-queue.ts'
import { orderContext } from '../../queue/order-context.ts'
import { checkScheduleName, registerSchedule } from '../../queue/register-schedule.ts'
import { WorkerFiguresOf } from '../../queue/worker-figures.ts'
import { WorkerLog } from '../../queue/worker-log.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { file, overlay, concurrency, once } = options
  if (file === undefined && (overlay !== undefined || options.name !== undefined)) {
    throw new UsageError('--overlay and --name are for --file')
  }
  const log = new WorkerLog(context)
  context.out.surviveClosing()
  const made =
    file === undefined
      ? undefined
      : await makeOrder(context, {
          ...options,
          ...{ file, allow: [], acceptStored: false, priority: 0, only: undefined },
        })
  if (made !== undefined) checkScheduleName(made.order.name, made.project)
  const name = { host: hostname(), pid: process.pid }
  await using queue = await openQueue(context, {
    worker: name,
    onError: (error) => log.queueEvent({ event: 'error', error }),
  })
  if (made !== undefined) await registerSchedule(context, queue, made.order, made.project)
  // Loaded here, since it brings the driver of the database.
  const { QueueWorker } = await import('@chatlayer-tables/state/postgres')
  const figures = new WorkerFiguresOf(context, queue, concurrency)
  const worker = new QueueWorker({
    ...{ queue, name, concurrency, once },
    carryOut: (run) => carryOutOne(context, queue, run, log, figures),
    onEvent(event) {
      log.queueEvent(event)
      if (event.event === 'ended') figures.ended(event.claim.id, event.settled.end)
    },
  })
  figures.of(worker)
  await using server =
    options.metrics === undefined ? undefined : await serveMetrics(options.metrics, figures)
  log.event('started', startText(name.pid, concurrency, server?.url), {
    ...{ ...name, concurrency, metrics: server?.url },
  })
  endWith(
    context,
    () => {
      log.event('draining', 'takes no more jobs', { running: worker.running.length })
      worker.drain(options.drain)
    },
    () => worker.hurry(),
  )
  await worker.run()
  log.event('stopped', 'stopped')
  await log.end()
  return EXIT.ok
}

/** The first signal drains, the second lets what runs come to a safe point. */
function endWith({ stop, abort }: Context, drain: () => void, hurry: () => void): void {
  if (stop.aborted) drain()
  else stop.addEventListener('abort', drain, { once: true })
  abort.addEventListener('abort', hurry, { once: true })
}

async function carryOutOne(
  base: Context,
  queue: Queue,
  run: QueueRun,
  log: WorkerLog,
  figures: WorkerFiguresOf,
): Promise<Verdict> {
  const { id, order } = run.claim
  const work = order.work as Partial<ApplyWork> | null
  if (work?.kind !== 'apply') {
    return { end: 'failed', reason: 'this release does not know this kind of job' }
  }
  const env = environmentOf(base.io.env, work as ApplyWork)
  const context = orderContext(base, run, env, (line) => {
    run.line(line)
    log.line(id, line)
  })
  return await carryOut(context, {
    run,
    files: () => queue.files(order),
    onBegin: (tell) => figures.begun(id, tell),
  })
}

function startText(pid: number, concurrency: number, url: string | undefined): string {
  const served = url === undefined ? '' : `; metrics at ${url}/metrics`
  return `started, process ${pid}, ${concurrency} at a time${served}`
}
