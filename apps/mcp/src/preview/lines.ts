/** The same preview as lines of text, for people and for clients that show only text. */
import { stringifyJson } from '@chatlayer-tables/core'
import { oneLine, visible, visibleDeep } from '../result/untrusted.ts'
import type { Page } from './page.ts'
import { SECTION_NAMES, type Section, type SectionPlan } from './sections.ts'

const VERBS = { updates: 'Change', inserts: 'Add', deletes: 'Delete' } as const

/** @param total the number of changed records, of which the page shows the first */
export function linesOf(
  { sections, shown }: Page,
  plans: readonly SectionPlan[],
  total: number,
): string[] {
  const lines = SECTION_NAMES.flatMap((name) => {
    const section = sections[name]
    const plan = plans.find((one) => one.name === name)
    if (section === undefined || plan === undefined) return []
    const { columns, rows } = section
    const hasNamesOnly = columns.length === plan.named
    const texts = hasNamesOnly
      ? [rows.map((row) => nameText(row, plan)).join(', ')]
      : rows.map((row) => rowText(row, columns, plan))
    return [...sharedLines(section), ...texts.map((row) => `${VERBS[name]} ${row}`)]
  })
  return shown < total ? [...lines, `(${total - shown} more)`] : lines
}

/** Such as `city: "Gent" (12), "GENT" (3) -> "Ghent"`. */
function sharedLines({ new_values = {}, old_values = {} }: Section): string[] {
  return Object.entries(new_values).map(([column, value]) => {
    const olds = Object.hasOwn(old_values, column) ? (old_values[column] ?? []) : []
    const counts = olds.map(([old, count]) => `${text(old)} (${count})`)
    return `${label(column)}: ${[counts.join(', '), text(value)].filter(Boolean).join(' -> ')}`
  })
}

function rowText(row: readonly unknown[], columns: readonly string[], plan: SectionPlan): string {
  const cells = CELLS[plan.form](row.slice(plan.named), columns.slice(plan.named))
  return [nameText(row, plan), cells.join(', ')].filter((part) => part !== '').join(': ')
}

function nameText(row: readonly unknown[], { named }: SectionPlan): string {
  const name = row.slice(0, named).filter((value) => value !== null)
  return name.map(text).join(' ')
}

type Print = (cells: readonly unknown[], labels: readonly string[]) => string[]

const CELLS: Readonly<Record<SectionPlan['form'], Print>> = {
  values: (cells, labels) =>
    cells.map((value, index) => `${label(labels[index] ?? '')} ${text(value)}`),

  pairs: (cells, labels) =>
    cells.flatMap((value, index) => {
      const isOld = labels[index + 1] === `${labels[index]} (new)`
      const isNew = labels[index] === `${labels[index - 1]} (new)`
      if (isNew) return []
      const change = isOld ? ` -> ${text(cells[index + 1])}` : ''
      return `${label(labels[index] ?? '')} ${text(value)}${change}`
    }),

  column: ([column, old, next]) =>
    column === null ? [] : [`${label(String(column))} ${text(old)} -> ${text(next)}`],
}

/** JSON on one line, so that line ends in values cannot imitate lines of the server. */
function text(value: unknown): string {
  return stringifyJson(visibleDeep(value ?? null))
}

function label(column: string): string {
  return oneLine(visible(column))
}
