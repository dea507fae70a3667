import type { ActionType, OperationId } from '@chatlayer-tables/contract'
import type { FaultKind } from './faults.ts'

/** One request to the API's paths; neither its headers nor its body are kept. */
export interface LoggedRequest {
  /** Time of arrival, ISO 8601. */
  readonly at: string
  readonly method: string
  /** Path with the query. */
  readonly path: string
  /** Undefined for a path or method that the contract does not have. */
  readonly operation: OperationId | undefined
  readonly action: ActionType | undefined
  /** Whether it was carried out. */
  readonly done: boolean
  /** Undefined while there is no response, or where there is none. */
  readonly status: number | undefined
  /** The fault that replaced the response. */
  readonly fault: FaultKind | undefined
}

export interface RequestCounts {
  readonly total: number
  readonly operations: Readonly<Record<string, number>>
  readonly actions: Readonly<Record<string, number>>
  readonly statuses: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
}

const KEPT = 10_000

export type LogEntry = { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] }

/** The latest requests, and the counts of all since the start or the last `clear`. */
export class RequestLog {
  #entries: LogEntry[] = []
  #counts = emptyCounts()

  /** The latest 10,000, oldest first. */
  get log(): readonly LoggedRequest[] {
    return this.#entries.slice(-KEPT)
  }

  get counts(): RequestCounts {
    return structuredClone(this.#counts)
  }

  clear(): void {
    this.#entries = []
    this.#counts = emptyCounts()
  }

  /** The entry is completed during the request; `settle` counts it. */
  open(at: Date, method: string, path: string, operation: OperationId | undefined): LogEntry {
    const entry: LogEntry = {
      at: at.toISOString(),
      method,
      path,
      operation,
      action: undefined,
      done: false,
      status: undefined,
      fault: undefined,
    }
    if (this.#entries.length >= 2 * KEPT) this.#entries = this.#entries.slice(-KEPT)
    this.#entries.push(entry)
    this.#counts.total += 1
    if (operation !== undefined) add(this.#counts.operations, operation)
    return entry
  }

  settle({ action, status, fault }: LogEntry): void {
    if (action !== undefined) add(this.#counts.actions, action)
    if (status !== undefined) add(this.#counts.statuses, String(status))
    if (fault !== undefined) add(this.#counts.faults, fault)
  }
}

function emptyCounts() {
  const none = (): Record<string, number> => ({})
  return { total: 0, operations: none(), actions: none(), statuses: none(), faults: none() }
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
