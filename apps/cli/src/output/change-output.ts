/** Text output of change sets, their changes, and undo. */
import type { PreviewedChange, Value, Values } from '@chatlayer-tables/core'
import type {
  ChangeSetSummary,
  PlannedUndo,
  RecordedChange,
  UndoCounts,
  UndoProblem,
} from '@chatlayer-tables/journal'
import type { Context } from '../context.ts'
import { printable } from '../printable.ts'
import { countOf } from './preview-output.ts'
import { formatCount } from './progress.ts'
import { type HiddenColumn, rowSink, type SinkColumn } from './record-output.ts'
import { rich, styled } from './styled.ts'
import { cut } from './text-table.ts'
import { displayValue } from './values.ts'
import type { Writer } from './writer.ts'

const LIST: readonly SinkColumn[] = [
  { name: 'change set' },
  { name: 'begun' },
  { name: 'status' },
  { name: 'by' },
  { name: 'command' },
  { name: 'table' },
  { name: 'job' },
  { name: 'inserted', type: 'int' },
  { name: 'updated', type: 'int' },
  { name: 'deleted', type: 'int' },
  { name: 'undone', type: 'int' },
  { name: 'note' },
]

export async function listSummaries(
  out: Writer,
  summaries: readonly ChangeSetSummary[],
): Promise<readonly HiddenColumn[]> {
  const sink = rowSink(out, LIST)
  for (const summary of summaries) {
    const { id, begunAt, status, command, job, counts, undone, undoes, note } = summary
    const what = undoes === undefined ? command : `${command ?? 'undo'} of ${undoes}`
    await sink.row([
      ...[id, begunAt.replace(/\.\d+/, ''), status, byOf(summary), what ?? null, tableOf(summary)],
      ...[job ?? null, counts.inserted, counts.updated, counts.deleted, undone, note ?? null],
    ])
  }
  await sink.end()
  return sink.hidden
}

export async function printSummary(out: Writer, summary: ChangeSetSummary): Promise<void> {
  for (const [what, is] of summaryFacts(summary)) {
    await out.write(rich`${what.padEnd(12)}${is}\n`)
  }
}

export function summaryFacts(summary: ChangeSetSummary): [label: string, text: string][] {
  const { id, status, command, note, connection, table, begunAt, endedAt } = summary
  const { undoes, job, undone } = summary
  const lines: [string, string | undefined][] = [
    ['change set', id],
    ['status', status],
    ['by', byOf(summary)],
    ['command', command],
    ['note', note],
    ['begun', begunAt],
    ['ended', endedAt],
    ['table', `${tableOf(summary)} (${table.id})`],
    ['gateway', connection.origin],
    ['team', connection.teamId],
    ['bot', connection.botId],
    ['undoes', undoes],
    ['job', job],
    ['changes', countsText(summary)],
    ['undone', undone > 0 ? formatCount(undone) : undefined],
  ]
  return lines.flatMap(([label, text]) => (text === undefined ? [] : [[label, text]]))
}

/** Prints a paragraph per record: its ID and outcome, then a line for each value. */
export async function printChanges(out: Writer, changes: readonly RecordedChange[]): Promise<void> {
  for (const recorded of changes) {
    const { change, status, id, before, after, hidden, differences, problem, isUndone } = recorded
    const ending = status === 'ok' ? (isUndone ? 'undone' : '') : (problem ?? '')
    const words = [status === 'ok' ? '' : status, ending].filter((word) => word !== '').join(': ')
    await printRecord(out, { change, id, before, after }, words)
    for (const { column, sent, stored } of differences) {
      const values = [sent, stored].map((value) =>
        value === undefined ? 'not recorded' : quoted(value),
      )
      const text = `sent as ${values[0]}, stored as ${values[1]}`
      await out.write(rich`    ${column}  ${styled('dim', text)}\n`)
    }
    for (const column of new Set([...hidden.before, ...hidden.after])) {
      await out.write(rich`    ${column}  ${styled('dim', 'not recorded')}\n`)
    }
  }
}

export async function printUndoPreview(
  { out, messages }: Pick<Context, 'out' | 'messages'>,
  preview: PlannedUndo,
  what: string,
): Promise<void> {
  for (const change of preview.changes) await printRecord(out, change, '')
  const more = preview.matched - preview.changes.length
  if (more > 0) await messages.note(`and ${formatCount(more)} more`)
  await reportProblems({ messages }, preview.problems)
  if (preview.undo.total > 0) {
    await messages.note(undoText('would undo', what, preview.undo))
  }
}

/** Number of problems reported one by one. */
const MAX_REPORTED = 10

export async function reportProblems(
  { messages }: Pick<Context, 'messages'>,
  problems: readonly UndoProblem[],
): Promise<void> {
  for (const { id, status, reason, hint, columns } of problems.slice(0, MAX_REPORTED)) {
    const named = status === 'incomplete' || status === 'rejected' ? namesOf(columns) : ''
    const record = id === undefined ? 'a record' : `record ${id}`
    await messages.say(
      `${status}: ${record}: ${reason}${named}${hint === undefined ? '' : `. ${hint}`}`,
    )
  }
  const more = problems.length - MAX_REPORTED
  if (more > 0) await messages.say(`and ${formatCount(more)} more such records`)
}

/** Names a change set for {@link undoText}. */
export function setText({ id, command, table, version }: ChangeSetSummary): string {
  return `${id} (${command ?? 'changes'}) in "${table.name}" (${version})`
}

/** Names a job for {@link undoText}. @param summaries its change sets, newest first */
export function jobText(job: string, summaries: readonly ChangeSetSummary[]): string {
  const tables = [...new Set(summaries.map(({ table, version }) => `"${table.name}" (${version})`))]
  const [table = 'no table', ...others] = tables
  const command = summaries.at(-1)?.command ?? 'changes'
  return `job ${job} (${command}) in ${others.length === 0 ? table : `${tables.length} tables`}`
}

/** Describes a change set of a job on one line. */
export function changesText(summary: ChangeSetSummary): string {
  const { id, command, undone, counts } = summary
  const undoneText =
    undone === 0
      ? 'not undone'
      : undone < changedBy(counts)
        ? `${formatCount(undone)} undone`
        : 'undone'
  return `${id} (${command ?? 'changes'}) in ${tableOf(summary)}: ${countsText(summary)}; ${undoneText}`
}

/** Counts the writes known to have taken effect. */
export function changedBy({ inserted, updated, deleted }: ChangeSetSummary['counts']): number {
  return inserted + updated + deleted
}

/** @param verb such as `undid` @param what see {@link setText} and {@link jobText} */
export function undoText(verb: string, what: string, counts: UndoCounts): string {
  const others = {
    'already unchanged': counts.unchanged,
    conflicts: counts.conflicts,
    'no longer there': counts.gone,
    'with an unknown outcome': counts.unsettled,
    rejected: counts.rejected,
    unknown: counts.unknown,
    'partly undone': counts.incomplete,
    'deleted and inserted again with new IDs to set null': counts.recreated,
  }
  const nonZero = Object.entries(others).filter(([, count]) => count > 0)
  const rest = nonZero.map(([name, count]) => `, ${formatCount(count)} ${name}`).join('')
  return `${verb} ${formatCount(counts.undone)} of ${countOf(counts.total)} of ${what}${rest}`
}

const SIGNS = { inserted: '+', updated: '~', deleted: '-', unchanged: '=' } as const
const COLOURS = { inserted: 'green', updated: 'yellow', deleted: 'red', unchanged: 'dim' } as const

type PrintedRecord = Pick<PreviewedChange, 'change' | 'id' | 'before' | 'after'>

async function printRecord(out: Writer, record: PrintedRecord, ending: string): Promise<void> {
  const { change, id = '(unknown ID)', before, after } = record
  const head = styled(COLOURS[change], `${SIGNS[change]} ${printable(id)}`)
  const suffix = ending === '' ? '' : rich`  ${styled('dim', printable(`(${ending})`))}`
  await out.write(rich`${head}${suffix}\n`)
  const lines = change === 'updated' ? updateLines(before, after) : valueLines(after ?? before)
  const width = Math.max(0, ...lines.map(([name]) => name.length))
  for (const [name, text] of lines) {
    await out.write(rich`    ${name.padEnd(width)}  ${text}\n`)
  }
}

function updateLines(before: Values = {}, after: Values = {}): [string, string][] {
  return Object.entries(after)
    .filter(([column, value]) => shown(before[column]) !== shown(value))
    .map(([column, value]) => [column, `${shown(before[column])} → ${shown(value)}`])
}

function valueLines(values: Values = {}): [string, string][] {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([column, value]) => [column, shown(value)])
}

function shown(value: Value | undefined): string {
  return cut(displayValue(value))
}

/** Quotes a value, to show white space at its ends. */
function quoted(value: Value): string {
  return value === null ? 'null' : JSON.stringify(shown(value))
}

/**
 * Such as `mcp (claude-code) for tok_1 on laptop-7`: the program, the one that drives it, its signed-in
 * caller or the user, and the machine where several have one journal.
 */
export function byOf({ tool, client, principal, host }: ChangeSetSummary): string {
  const program = client === undefined ? tool : `${tool} (${client})`
  const caller = principal === undefined ? program : `${program} for ${principal}`
  return host === undefined ? caller : `${caller} on ${host}`
}

function tableOf({ table, version }: ChangeSetSummary): string {
  return `${table.name}@${version.toLowerCase()}`
}

function countsText({ counts }: ChangeSetSummary): string {
  const { elsewhere, ...rest } = counts
  const all = { ...rest, 'written before': elsewhere }
  const nonZero = Object.entries(all).filter(([, count]) => count > 0)
  return nonZero.map(([name, count]) => `${formatCount(count)} ${name}`).join(', ') || 'none'
}

function namesOf(columns: readonly string[]): string {
  return columns.length === 0 ? '' : `: ${columns.map((name) => `"${name}"`).join(', ')}`
}
