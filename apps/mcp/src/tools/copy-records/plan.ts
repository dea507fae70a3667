/** What a copy would change: some of the changes, the totals of all, and a digest of all. */
import { createHash } from 'node:crypto'
import { canonicalJson, type PreviewedChange, type Values } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files/turns'
import { checkCopy, type Difference, type SyncPlan } from '@chatlayer-tables/transfer'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { shortCell } from '../../result/cells.ts'
import { counted, joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import type { WritePlan } from '../../write/write-plan.ts'

/** Changes of each kind that are listed; a preview shows 50 on a page. */
const MAX_LISTED = 500

export interface CopyPlan extends WritePlan {
  readonly signed: string
}

/** @throws InvalidInputError for values that do not fit the target */
export async function planCopy(
  plan: SyncPlan,
  args: unknown,
  from: GuardedTable,
  to: GuardedTable,
): Promise<CopyPlan> {
  checkCopy(plan)
  const { inserts, updates, deletes, same, key } = plan
  const { digest, changes } = await digestOf(plan)
  const total = inserts + updates + deletes
  const [source, target] = [nameOf(from), nameOf(to)]
  return {
    args,
    changes,
    key,
    totals: { inserts, updates, deletes, unchanged: same },
    matched: total + same,
    signed: digest,
    action: `copy ${counted(inserts + updates, 'record')} from ${source} to ${target}: ${inserts} new, ${updates} changed, ${deletes} deleted`,
    remark: joinSentences(
      total + same === 0 ? `No record of ${source} matches.` : undefined,
      total === 0 && same > 0 ? 'All selected records are equal.' : undefined,
      changes.length < total ? `The first ${changes.length} of ${total} are listed.` : undefined,
      remarkOf(plan, from, to),
    ),
  }
}

/** @throws ToolError if the records are not as the caller has seen and confirmed them */
export async function checkUnchanged(
  plan: SyncPlan,
  confirmed: CopyPlan | undefined,
): Promise<void> {
  checkCopy(plan)
  if (confirmed === undefined || (await digestOf(plan)).digest === confirmed.signed) return
  throw new ToolError(
    'CONFIRMATION_REFUSED',
    'Nothing was written. The records changed meanwhile.',
    {
      field: 'confirm_token',
      hint: 'Repeat the call without confirm_token for a new preview.',
    },
  )
}

/** What the copy leaves out. */
export function remarkOf(
  { notWritten, uncompared, inserts, extra, unselected }: SyncPlan,
  from: GuardedTable,
  to: GuardedTable,
): string | undefined {
  const [source, target] = [nameOf(from), nameOf(to)]
  const isGuarded = [from, to].some(({ visible }) => visible.hidden.size + visible.masked.size > 0)
  return joinSentences(
    notWritten.length > 0 ? `Not in ${target}, so not copied: ${quoted(notWritten)}.` : undefined,
    uncompared.length > 0
      ? `Not copied, so ${inserts > 0 ? 'empty in new records' : 'unchanged'}: ${quoted(uncompared)}.`
      : undefined,
    isGuarded
      ? 'Columns that this server hides or masks are not copied: they are empty in new records and unchanged in others.'
      : undefined,
    extra > 0 ? `${counted(extra, 'record')} that only ${target} has: kept.` : undefined,
    unselected > 0
      ? `${counted(unselected, 'record')} of ${target} match, but not in ${source}: kept.`
      : undefined,
  )
}

/** Keys that are listed. */
const MAX_KEYS = 50
const KEY_LENGTH = 80

/** The keys of the records that a copy deletes. */
export async function deletedKeys(plan: SyncPlan): Promise<unknown[][]> {
  const keys: unknown[][] = []
  if (plan.deletes === 0) return keys
  const turns = new Turns()
  for (const { change, before } of changesOf(plan)) {
    if (turns.isDue) await turns.pass()
    if (change !== 'deleted') continue
    keys.push((plan.key ?? []).map((name) => shortCell(before?.[name] ?? null, KEY_LENGTH).value))
    if (keys.length === MAX_KEYS) break
  }
  return keys
}

/** Such as `"stores" (LIVE)`. */
function nameOf({ definition, version }: GuardedTable): string {
  return `"${definition.name}" (${version})`
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ')
}

function* changesOf(plan: SyncPlan): Generator<PreviewedChange> {
  for (const difference of plan.differences()) {
    if (difference.change !== 'added' || plan.deletes > 0) yield changeOf(difference)
  }
}

/** A difference as a change of the target, which is its second side. */
function changeOf(difference: Difference): PreviewedChange {
  switch (difference.change) {
    case 'removed':
      return { change: 'inserted', id: undefined, before: undefined, after: difference.values }
    case 'added':
      return {
        change: 'deleted',
        id: idOf(difference.b),
        before: difference.values,
        after: undefined,
      }
    case 'changed': {
      const { b, before: wanted, after: held, fields } = difference
      const after: Values = Object.fromEntries(fields.map((name) => [name, wanted[name] ?? null]))
      return { change: 'updated', id: idOf(b), before: held, after }
    }
  }
}

function idOf(place: Extract<Difference, { change: 'added' }>['b']): string | undefined {
  return 'id' in place ? place.id : undefined
}

/** A digest of all changes, and the first of each kind. */
async function digestOf(plan: SyncPlan) {
  const hash = createHash('sha256')
  const { inserts, updates, deletes, extra, same } = plan
  hash.update(canonicalJson({ inserts, updates, deletes, extra, same }))
  const listed = { inserted: [], updated: [], deleted: [] } as Record<string, PreviewedChange[]>
  const turns = new Turns()
  for (const change of changesOf(plan)) {
    hash.update(canonicalJson(change))
    const list = listed[change.change]
    if (list !== undefined && list.length < MAX_LISTED) list.push(change)
    if (turns.isDue) await turns.pass()
  }
  return { digest: hash.digest('base64url'), changes: Object.values(listed).flat() }
}
