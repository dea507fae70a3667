/** What is to be confirmed, and by whom. */
import type { GuardedTable } from '../policy/guarded-table.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { ToolName } from '../tools/registry.ts'

/** A write, as its preview describes it. */
export interface PlannedWrite {
  readonly tool: ToolName
  readonly table: GuardedTable
  /** The arguments that define the write. */
  readonly args: unknown
  /** The number of records to write. */
  readonly count: number
  readonly deletes: boolean
  /** A digest of the records before and after. */
  readonly data: string
  /** The arguments of the call, to execute it by its token alone. */
  readonly call: Readonly<Record<string, unknown>>
}

/** How the caller can confirm a write. */
export type Caller = Pick<
  RequestFacts,
  'isHttp' | 'principal' | 'canAsk' | 'answersLater' | 'answer'
>

/** What is known of a write before its preview. */
export type WriteSize = Pick<PlannedWrite, 'count' | 'deletes' | 'table'>
