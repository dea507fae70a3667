/** Groups as bars and as CSV. Pure. */
import type { Cell } from '../../protocol/cells.ts'
import type { GroupsFacts } from '../../protocol/profile.ts'

export type Group = GroupsFacts['groups'][number]

export const GROUP_ORDERS = ['given', 'value', 'label'] as const
export type GroupOrder = (typeof GROUP_ORDERS)[number]

/** The number that a bar draws; undefined for what is not a number. */
export function barValue(cell: Cell | undefined): number | undefined {
  const value = typeof cell === 'object' && cell && 'number' in cell ? Number(cell.number) : cell
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The label of a group of several columns, such as `Ghent · open`. */
export function groupLabel(labels: readonly Cell[], textOf: (cell: Cell) => string): string {
  return labels.map((label) => labelText(label, textOf)).join(' · ')
}

/** A value as a label, which is never blank. */
function labelText(cell: Cell, textOf: (cell: Cell) => string): string {
  return cell === '' ? '""' : textOf(cell)
}

/** The indexes of the measures of which at least one group has a number. */
export function drawnMeasures({ measures, groups }: GroupsFacts): number[] {
  return measures
    .map((_, index) => index)
    .filter((index) => groups.some(({ values }) => barValue(values[index]) !== undefined))
}

/** By value, the greatest first; groups without a number are last. By label, numbers by their size. */
export function orderGroups(
  groups: readonly Group[],
  order: GroupOrder,
  measure: number,
  textOf: (cell: Cell) => string,
): Group[] {
  if (order === 'given') return [...groups]
  if (order === 'value') {
    const number = ({ values }: Group) => barValue(values[measure]) ?? Number.NEGATIVE_INFINITY
    return groups.toSorted((a, b) => {
      const [first, second] = [number(a), number(b)]
      return first === second ? 0 : second - first
    })
  }
  const named = groups.map((group) => ({ group, label: groupLabel(group.labels, textOf) }))
  return named.sort((a, b) => collator.compare(a.label, b.label)).map(({ group }) => group)
}

const collator = new Intl.Collator('en', { numeric: true })

/** All groups with a line of titles, their values as stored. */
export function groupsCsv(
  { columns, measures }: GroupsFacts,
  groups: readonly Group[],
  rawText: (cell: Cell) => string,
): string {
  const lines = [
    [...columns, ...measures],
    ...groups.map(({ labels, values }) => [...labels, ...values].map((cell) => rawText(cell))),
  ]
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('')
}

function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
