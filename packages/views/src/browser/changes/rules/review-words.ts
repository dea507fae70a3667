import type { ChangeKind, WriteResult } from '../../../protocol/changes.ts'
import { countText, plural } from '../../kit/numbers.ts'

const COUNT_NAMES: readonly string[] = ['inserted', 'updated', 'deleted', 'rejected', 'unchanged']

/** Time until the review expires, in words; `undefined` once it has expired. */
export function timeLeft(expiresAt: string, now: number): string | undefined {
  const seconds = Math.ceil((Date.parse(expiresAt) - now) / 1000)
  if (!(seconds > 0)) return undefined
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return minutes < 10 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}

/** What approving does, such as `update 3 and delete 1 record of stores (LIVE)`. */
export function actionText(
  counts: Readonly<Record<ChangeKind, number>>,
  table: string,
  version: string,
): string {
  const verbs = { inserted: 'insert', updated: 'update', deleted: 'delete' } as const
  const parts = (['updated', 'inserted', 'deleted'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${verbs[kind]} ${countText(counts[kind])}`)
  const total = counts.inserted + counts.updated + counts.deleted
  const list = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]
  return `${list ?? 'change 0'} ${total === 1 ? 'record' : 'records'} of ${table} (${version})`
}

/**
 * What an assistant's model learns of an approval: fixed words, numbers and ids of change sets, so that
 * no text of a table reaches it this way.
 */
export function approvalReport(ticked: number, total: number, result: WriteResult): string {
  const what =
    ticked === total
      ? `The user approved all ${plural(total, 'change')}`
      : `The user approved ${ticked} of ${plural(total, 'change')}`
  if (result.isOutdated)
    return `${what}; nothing was written, because the records have changed since the preview.`
  if (result.state === 'approved') return `${what}; the write is in progress.`
  if (result.state !== 'done') return `${what}; nothing was written.`
  const sets = (result.changeSets ?? []).filter((id) => /^[\w-]{1,64}$/.test(id))
  const counts = COUNT_NAMES.flatMap((name) => {
    const count = result.counts?.[name]
    return typeof count === 'number' && count > 0 ? [`${count} ${name}`] : []
  })
  const written = [...(sets.length > 0 ? [`change set ${sets.join(', ')}`] : []), ...counts].join(
    ', ',
  )
  return written === '' ? `${what}.` : `${what}; ${written}.`
}

export function declineReport(total: number): string {
  return `The user declined all ${plural(total, 'change')}; nothing was written.`
}
