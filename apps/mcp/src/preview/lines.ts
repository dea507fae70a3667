/** The same preview as lines of text, for people and for clients that show only text. */
import { stringifyJson } from '@chatlayer-tables/core'
import { oneLine, visible, visibleDeep } from '../result/untrusted.ts'
import type { Page } from './page.ts'
import { SECTION_NAMES, type Section, type SectionPlan } from './sections.ts'

const VERBS = { updates: 'Change', inserts: 'Add', deletes: 'Delete' } as const

/** @param most rows to print of all sections together */
export function linesOf(
  { sections }: Page,
  plans: readonly SectionPlan[],
  most = Number.POSITIVE_INFINITY,
): string[] {
  let left = most
  return SECTION_NAMES.flatMap((name) => {
    const section = sections[name]
    const plan = plans.find((one) => one.name === name)
    if (section === undefined || plan === undefined || left <= 0) return []
    const rows = section.rows.slice(0, left)
    left -= rows.length
    return [
      ...sharedLines(section),
      ...rows.map((row) => `${VERBS[name]} ${rowText(row, section.columns, plan)}`),
    ]
  })
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
  const name = row.slice(0, plan.named).filter((value) => value !== null)
  const cells = row.slice(plan.named)
  const labels = columns.slice(plan.named)
  const parts = [name.map(text).join(' '), CELLS[plan.form](cells, labels).join(', ')]
  return parts.filter((part) => part !== '').join(': ')
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
