/** Shows duplicates with the record to keep, and where they differ. */
import {
  type CallOptions,
  canonicalValue,
  stringifyJson,
  type Table,
  type TableHandle,
  type TableRecord,
} from '@chatlayer-tables/core'
import type { Context } from '../../context.ts'
import { formatCount, plural } from '../../output/progress.ts'
import { rich, type Style, styled } from '../../output/styled.ts'
import { cut } from '../../output/text-table.ts'
import { displayValue } from '../../output/values.ts'
import type { DuplicateGroup, Found, KeepRule } from './duplicates.ts'

interface GroupsView {
  readonly handle: TableHandle
  readonly table: Table
  readonly key: readonly string[]
  readonly rule: KeepRule
  readonly call: CallOptions
  /** Number of keys to show. */
  readonly limit: number
}

/** Keys whose records are read at once. */
const AT_ONCE = 20
/** Differing columns that are listed of a record. */
const MAX_DIFFERENCES = 5
/** Keys in JSON. */
const MAX_JSON = 100

export async function showGroups(
  { out, messages, json }: Pick<Context, 'out' | 'messages' | 'json'>,
  groups: readonly DuplicateGroup[],
  view: GroupsView,
): Promise<void> {
  const limit = json ? MAX_JSON : view.limit
  const listed: unknown[] = []
  for (let start = 0; start < Math.min(groups.length, limit); start += AT_ONCE) {
    const batch = groups.slice(start, Math.min(start + AT_ONCE, limit))
    const ids = batch.flatMap(({ keep, others }) => [keep.id, ...others.map(({ id }) => id)])
    const records = await view.handle.getMany(ids, view.call)
    for (const group of batch) {
      if (json) listed.push(groupJson(group, records, view))
      else await printGroup(out, group, records, view)
    }
  }
  if (json) {
    const { key, rule } = view
    const deletes = groups.reduce((sum, { others }) => sum + others.length, 0)
    const { keep } = rule
    const head = { key, keep, groups: groups.length, deletes, truncated: groups.length > limit }
    await out.write(`${stringifyJson({ ...head, duplicates: listed })}\n`)
  } else if (groups.length > limit) {
    await messages.note(`and ${plural(groups.length - limit, 'more key')}`)
  }
}

type Records = ReadonlyMap<string, TableRecord>

function groupJson({ keep, others }: DuplicateGroup, records: Records, view: GroupsView) {
  return {
    keep: records.get(keep.id) ?? { id: keep.id },
    delete: others.map(({ id, digest }) => ({
      ...(records.get(id) ?? { id }),
      equal: digest === keep.digest,
      differs: differences(records.get(keep.id), records.get(id), view),
    })),
  }
}

async function printGroup(
  out: Context['out'],
  { keep, others }: DuplicateGroup,
  records: Records,
  view: GroupsView,
): Promise<void> {
  const kept = records.get(keep.id)
  const key = view.key.map((name) => `${name} = ${cut(displayValue(kept?.values[name]))}`)
  const room = out.isTerminal ? Math.max(20, out.width - INDENT.length) : Number.POSITIVE_INFINITY
  const line = async (style: Style, word: string, found: Found): Promise<void> => {
    const rank = rankText(found.rank, view)
    await out.write(rich`  ${styled(style, word.padEnd(6))}  ${found.id}${rank}\n`)
  }
  await out.write(
    rich`${styled('bold', key.join(', '))}: ${formatCount(others.length + 1)} records\n`,
  )
  await line('green', 'keep', keep)
  for (const other of others) {
    await line('red', 'delete', other)
    if (other.digest === keep.digest) continue
    const text = differenceText(kept, records.get(other.id), view)
    await out.write(rich`${INDENT}${cut(text, room)}\n`)
  }
}

const INDENT = ' '.repeat(10)

function rankText(rank: Found['rank'], { rule }: GroupsView): string {
  if (rule.keep === 'first') return ''
  return `  ${'meta' in rule.by ? rule.by.meta : rule.by.column} ${displayValue(rank)}`
}

function differences(
  kept: TableRecord | undefined,
  other: TableRecord | undefined,
  { table }: GroupsView,
): string[] {
  if (kept === undefined || other === undefined) return []
  const text = (record: TableRecord, name: string) =>
    canonicalValue(record.values[name] ?? null, name, table)
  return table.columns
    .map(({ name }) => name)
    .filter((name) => text(kept, name) !== text(other, name))
}

function differenceText(
  kept: TableRecord | undefined,
  other: TableRecord | undefined,
  view: GroupsView,
): string {
  const names = differences(kept, other, view)
  const parts = names.slice(0, MAX_DIFFERENCES).map((name) => {
    const [mine, theirs] = [other, kept].map((record) => cut(displayValue(record?.values[name])))
    return `${name}: ${mine} (kept: ${theirs})`
  })
  const more = names.length - parts.length
  return more > 0 ? `${parts.join(', ')}, and ${plural(more, 'more column')}` : parts.join(', ')
}
