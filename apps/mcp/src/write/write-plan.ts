/** What a write of a tool would change, before it is confirmed. */
import { createHash } from 'node:crypto'
import { canonicalJson, type PreviewedChange } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files/turns'

/** What a write would change now. */
export interface WritePlan {
  /** The arguments that define the write. */
  readonly args: unknown
  /**
   * All changes, also of hidden columns: they are signed as they are, and shown as the operator allows.
   * Empty if the write knows only totals.
   */
  readonly changes: readonly PreviewedChange[]
  /** Such as `delete 3 records of "stores" (DRAFT)`. */
  readonly action: string
  /** The key columns, if the write has some: they name the records. */
  readonly key?: readonly string[] | undefined
  /** Records that the arguments select, changed or not: compared with `expect`. */
  readonly matched?: number | undefined
  /** What a token is bound to besides the arguments (default: the changes). */
  readonly signed?: unknown
  /** Instead of the numbers of the changes. */
  readonly totals?: Totals | undefined
  /** Whether it deletes records (default: by the totals). */
  readonly deletes?: boolean | undefined
  /** Whether it cannot be narrowed to some of its changes. */
  readonly isWhole?: boolean | undefined
  /** Rows that would be rejected. */
  readonly rejected?: number | undefined
  readonly problems?: readonly { readonly reason: string }[] | undefined
  /** Further fields of the preview. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined
  /** A sentence about the preview. */
  readonly remark?: string | undefined
}

export interface Totals {
  readonly inserts: number
  readonly updates: number
  readonly deletes: number
  readonly unchanged: number
}

/** The plan of a write for some of its changes. */
export function keptOf<Plan extends WritePlan>(plan: Plan, kept: readonly PreviewedChange[]): Plan {
  return { ...plan, changes: kept, matched: kept.length }
}

/** The rows of a write that some of its changes belong to, one for each change of the plan. */
export function rowsOf<Row>(
  rows: readonly Row[],
  { changes }: WritePlan,
  kept: readonly PreviewedChange[],
): Row[] {
  const wanted = new Set(kept)
  return rows.filter((_, index) => {
    const change = changes[index]
    return change !== undefined && wanted.has(change)
  })
}

/** A digest of what a token is bound to. It reads every value, so it lets other calls run meanwhile. */
export async function digestOfPlan({ signed, changes }: WritePlan): Promise<string> {
  const hash = createHash('sha256')
  const value = signed ?? changes
  const turns = new Turns()
  for (const item of Array.isArray(value) ? value : [value]) {
    hash.update(canonicalJson(item)).update(',')
    if (turns.isDue) await turns.pass()
  }
  return hash.digest('base64url')
}

export function totalsOf({ totals, changes }: WritePlan): Totals {
  if (totals !== undefined) return totals
  const of = (wanted: string) => changes.filter(({ change }) => change === wanted).length
  return {
    inserts: of('inserted'),
    updates: of('updated'),
    deletes: of('deleted'),
    unchanged: of('unchanged'),
  }
}
