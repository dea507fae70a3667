/** How far a plan or an apply is, for the user. */
import type { SyncProgress } from '../sync/sync-types.ts'
import type { ProjectProgress } from './plan-types.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export class ProgressReport {
  readonly #report: ((progress: ProjectProgress) => void) | undefined
  readonly #progress: Mutable<ProjectProgress>

  constructor(report: ((progress: ProjectProgress) => void) | undefined, syncs: number) {
    this.#report = report
    const none = { planned: 0, ok: 0, rejected: 0, unknown: 0 }
    this.#progress = { sync: undefined, number: 0, syncs, phase: 'reading', records: 0, ...none }
  }

  /** @param number from 1 */
  sync(name: string, number: number): void {
    const none = { planned: 0, ok: 0, rejected: 0, unknown: 0, records: 0 }
    Object.assign(this.#progress, { sync: name, number, phase: 'reading', ...none })
    this.#show()
  }

  phase(phase: ProjectProgress['phase']): void {
    Object.assign(this.#progress, { sync: undefined, phase, records: 0 })
    this.#show()
  }

  records(phase: ProjectProgress['phase'], records: number): void {
    this.#progress.phase = phase
    this.#progress.records = records
    this.#show()
  }

  writes({ phase, records, planned, ok, rejected, unknown }: SyncProgress): void {
    Object.assign(this.#progress, { phase, records, planned, ok, rejected, unknown })
    this.#show()
  }

  #show(): void {
    this.#report?.(this.#progress)
  }
}
