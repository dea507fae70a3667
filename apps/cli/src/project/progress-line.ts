import type { ProjectProgress } from '@chatlayer-tables/transfer/project'
import type { Context } from '../context.ts'
import type { Events } from '../output/events.ts'
import { countOf } from '../output/preview-output.ts'
import { formatCount, Progress } from '../output/progress.ts'

/** Shows the progress of a plan or apply. */
export class ProjectProgressLine {
  readonly #progress: Progress
  readonly #events: Events | undefined
  readonly #throttled: () => number

  /**
   * @param events under `--json`
   * @param throttled the number of requests rejected by the rate limit so far
   */
  constructor(
    { messages }: Pick<Context, 'messages'>,
    events?: Events,
    throttled: () => number = () => 0,
  ) {
    this.#progress = new Progress(messages)
    this.#events = events
    this.#throttled = throttled
  }

  show(state: ProjectProgress): void {
    this.#progress.show(() => this.#line(state))
    this.#events?.progress({ ...state, throttled: this.#throttled() })
  }

  end(): Promise<void> {
    return this.#progress.end()
  }

  #line(state: ProjectProgress): string {
    const throttled = this.#throttled()
    const text = progressText(state)
    return throttled === 0 ? text : `${text}, ${formatCount(throttled)} times throttled`
  }
}

/** How far a plan or apply is. */
export function progressText(state: ProjectProgress): string {
  const { sync, number, syncs, phase, records, planned, ok, rejected, unknown } = state
  if (sync === undefined) return 'evaluating checks'
  const parts = [`${sync} (${number} of ${syncs}): ${PHASES[phase]}`]
  if (WRITING.has(phase)) {
    const done = ok + rejected + unknown
    parts.push(`${formatCount(done)} of ${formatCount(planned)} writes done`)
    if (rejected > 0) parts.push(`${formatCount(rejected)} rejected`)
    if (unknown > 0) parts.push(`${formatCount(unknown)} unknown`)
  } else parts.push(countOf(records))
  return parts.join(', ')
}

const PHASES: Readonly<Record<ProjectProgress['phase'], string>> = {
  reading: 'reading',
  comparing: 'comparing',
  inserting: 'inserting',
  updating: 'updating',
  deleting: 'deleting',
  verifying: 'reading back',
  checking: 'checking',
}

const WRITING: ReadonlySet<ProjectProgress['phase']> = new Set([
  'inserting',
  'updating',
  'deleting',
])
