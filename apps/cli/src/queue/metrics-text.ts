/** Figures of a worker and of the queue in the text format of Prometheus. */
import type { QueueCounts } from '@chatlayer-tables/state'

export interface WorkerFigures {
  readonly version: string
  readonly isHealthy: boolean
  readonly concurrency: number
  readonly running: number
  /** Orders that this worker has taken, by how they ended. */
  readonly ended: Readonly<Record<string, number>>
  readonly rows: Readonly<Record<'written' | 'rejected' | 'unknown', number>>
  readonly requests: number
  readonly throttled: number
  readonly pace: number
  readonly startedAt: number
}

/** Figures of the database; undefined where it does not respond. */
export interface SharedFigures {
  readonly counts: QueueCounts
  readonly sessions: number
}

type Labels = Readonly<Record<string, string>>

interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: readonly (readonly [value: number, labels?: Labels])[]
}

export function metricsText(worker: WorkerFigures, shared: SharedFigures | undefined): string {
  const metrics = [...workerMetrics(worker), ...(shared === undefined ? [] : queueMetrics(shared))]
  return metrics.map(textOf).join('')
}

function workerMetrics(worker: WorkerFigures): Metric[] {
  const { ended, rows, requests, throttled, pace, startedAt, version } = worker
  return [
    gauge('worker_info', 'The worker; always 1.', [[1, { version }]]),
    gauge('worker_healthy', 'Whether the worker takes jobs and the database responds.', [
      [Number(worker.isHealthy)],
    ]),
    gauge('worker_start_time_seconds', 'When the worker started, as Unix time.', [
      [startedAt / 1_000],
    ]),
    gauge('worker_resident_memory_bytes', 'Memory of the process.', [[process.memoryUsage.rss()]]),
    gauge('worker_concurrency', 'Jobs that the worker carries out at a time at most.', [
      [worker.concurrency],
    ]),
    gauge('worker_running_jobs', 'Jobs that the worker carries out now.', [[worker.running]]),
    counter(
      'worker_jobs_total',
      'Jobs that the worker took, by how that ended.',
      labelled('result', ended),
    ),
    counter(
      'worker_rows_total',
      'Rows of syncs that ended, by outcome.',
      labelled('outcome', rows),
    ),
    counter('worker_requests_total', 'Requests to gateways.', [[requests]]),
    counter('worker_throttled_total', 'Requests that gateways refused by their rate limit (429).', [
      [throttled],
    ]),
    gauge(
      'worker_pace',
      'Requests per second that the rate limits seem to allow; 0 while unknown.',
      [[pace]],
    ),
  ]
}

function queueMetrics({ counts, sessions }: SharedFigures): Metric[] {
  const { states, oldestWaitingSeconds, schedules } = counts
  return [
    gauge('queue_jobs', 'Jobs of the queue that are kept, by state.', labelled('state', states)),
    gauge('queue_length', 'Jobs that wait, also for another attempt.', [
      [states.queued + states.retrying],
    ]),
    gauge('queue_oldest_waiting_seconds', 'How long the oldest job that could begin has waited.', [
      [oldestWaitingSeconds],
    ]),
    gauge('queue_schedules', 'Schedules that are registered.', [[schedules]]),
    gauge('sessions', 'Processes that use the database.', [[sessions]]),
  ]
}

function gauge(name: string, help: string, samples: Metric['samples']): Metric {
  return { name: `chatlayer_${name}`, type: 'gauge', help, samples }
}

function counter(name: string, help: string, samples: Metric['samples']): Metric {
  return { name: `chatlayer_${name}`, type: 'counter', help, samples }
}

function labelled(label: string, values: Readonly<Record<string, number>>): Metric['samples'] {
  return Object.entries(values).map(([name, value]) => [value, { [label]: name }] as const)
}

function textOf({ name, type, help, samples }: Metric): string {
  const lines = samples.map(([value, labels = {}]) => `${name}${labelsText(labels)} ${value}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
