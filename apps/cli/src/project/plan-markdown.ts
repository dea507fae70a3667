/**
 * A plan as Markdown, for a comment on a pull request. Texts from tables and files are data: each is in a
 * `code` element with all but letters, digits and spaces as character references, so that it cannot mention
 * people, link, begin HTML, or end a cell.
 */
import { stringifyJson, type Value, type Values } from '@chatlayer-tables/core'
import type { PlannedChange, PlannedSync, ProjectPlan } from '@chatlayer-tables/transfer/project'
import { formatCount, plural } from '../output/progress.ts'
import { printable } from '../printable.ts'
import { changesOf, driftText, headline, limitText } from './plan-text.ts'

/** GitHub's limit for a comment is 65,536 characters; the rest is for a marker and the last note. */
const MAX_LENGTH = 65_000
/** Longest text shown of one value, in characters. */
const MAX_VALUE = 120
/** Syncs and problems that are listed. */
const MAX_LISTED = 100

/** @param limit of the length, in UTF-16 code units */
export function planMarkdown(plan: ProjectPlan, limit = MAX_LENGTH): string {
  const page = new Page(limit)
  page.add(`## ${title(plan)}\n\n${prose(headline(plan))}\n`)
  const { file, overlay } = plan.project
  const parts = [code(file), ...(overlay === undefined ? [] : [`overlay ${code(overlay)}`])]
  page.add(`\n${parts.join(', ')}\n`)
  addProblems(page, plan)
  addCounts(page, plan)
  for (const sync of plan.syncs) addDetails(page, sync)
  addChecks(page, plan)
  return page.end()
}

function title({ status }: ProjectPlan): string {
  switch (status) {
    case 'same':
      return '✅ Chatlayer Tables: nothing to do'
    case 'changes':
      return '📝 Chatlayer Tables: changes to apply'
    case 'blocked':
      return '⛔ Chatlayer Tables: cannot be applied'
  }
}

/** Text that ends with a note if some of it had to be omitted. */
class Page {
  readonly #limit: number
  #text = ''
  #omitted = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Adds a part as a whole, or not at all. @returns whether it was added */
  add(text: string, reserved = 0): boolean {
    const fits = this.#text.length + text.length + reserved <= this.#limit
    if (fits) this.#text += text
    else this.#omitted = true
    return fits
  }

  end(): string {
    return this.#omitted ? `${this.#text}\n${OMITTED}\n` : this.#text
  }
}

const OMITTED =
  '_The plan is too long for a comment: the rest is omitted. `clt plan` shows all of it._'

function addProblems(page: Page, { blocked, schema }: ProjectPlan): void {
  const problems = blocked.map(({ about, message, hint, allowance }) => {
    const help = hint === undefined ? '' : `. ${prose(hint)}`
    const allow = allowance === undefined ? '' : ` ${code(`--allow ${allowance}`)}`
    return `${code(about)}: ${prose(message)}${help}${allow}`
  })
  const drift = schema.flatMap(({ table, drift }) =>
    drift.map((each) => `${code(table)}: ${prose(driftText(each))}`),
  )
  addList(page, 'Problems', problems)
  addList(page, 'Columns that differ from the schema', drift)
}

function addList(page: Page, heading: string, items: readonly string[]): void {
  if (items.length === 0) return
  const shown = items.slice(0, MAX_LISTED).map((item) => `- ${item}\n`)
  const rest = items.length - shown.length
  if (!page.add(`\n### ${heading}\n\n`)) return
  for (const item of shown) page.add(item)
  if (rest > 0) page.add(`- and ${formatCount(rest)} more\n`)
}

const HEADER = `
| sync | from | to | insert | update | delete | unchanged | records after |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
`

function addCounts(page: Page, { syncs }: ProjectPlan): void {
  if (syncs.length === 0 || !page.add(HEADER)) return
  for (const { name, from, to, counts, recordsAfter } of syncs.slice(0, MAX_LISTED)) {
    const { inserts, updates, deletes, same } = counts
    const numbers = [inserts, updates, deletes, same, recordsAfter].map(formatCount)
    page.add(`| ${[code(name), code(from), code(to), ...numbers].join(' | ')} |\n`)
  }
  const rest = syncs.length - MAX_LISTED
  if (rest > 0) page.add(`\nand ${formatCount(rest)} more\n`)
}

/** The examples of a sync, as many as fit. */
function addDetails(page: Page, sync: PlannedSync): void {
  const changes = changesOf(sync)
  const { name, examples, limits, changedColumns, notes } = sync
  if (changes === 0 && notes.length === 0) return
  const end = '\n</details>\n'
  // Whatever the examples take, the end must fit: without it, all that follows would be hidden.
  const add = (text: string): boolean => page.add(text, end.length)
  const summary = `<summary>${code(name)}: ${plural(changes, 'change')}</summary>`
  if (!add(`\n<details>${summary}\n\n`)) return
  for (const limit of limits) {
    add(`- ${limit.exceeded ? '**exceeded**: ' : ''}${prose(limitText(limit))}\n`)
  }
  for (const note of notes) add(`- ${prose(note)}\n`)
  const columns = Object.entries(changedColumns)
  if (columns.length > 0) {
    const parts = columns.map(([column, count]) => `${code(column)} ${formatCount(count)}`)
    add(`- columns that change: ${parts.join(', ')}\n`)
  }
  addExamples(add, sync)
  const rest = changes - examples.length
  if (rest > 0 && examples.length > 0) add(`\nand ${formatCount(rest)} more\n`)
  page.add(end)
}

function addExamples(add: (text: string) => boolean, { examples, key }: PlannedSync): void {
  if (examples.length === 0) return
  if (!add('\n| | record | column | before | after |\n| --- | --- | --- | --- | --- |\n')) return
  for (const change of examples) if (!add(exampleRows(change, key).join(''))) return
}

function exampleRows(change: PlannedChange, key: readonly string[] | undefined): string[] {
  const row = (...cells: string[]): string => `| ${cells.join(' | ')} |\n`
  if (change.change === 'update') {
    const record = valuesText(change.key)
    return Object.keys(change.after).map((column, index) =>
      row(
        index === 0 ? 'update' : '',
        index === 0 ? record : '',
        code(column),
        valueText(change.before[column]),
        valueText(change.after[column]),
      ),
    )
  }
  const { values } = change
  const names = key ?? Object.keys(values).slice(0, 1)
  const named = Object.fromEntries(names.map((name) => [name, values[name] ?? null]))
  const rest = Object.entries(values).filter(
    ([name, value]) => !names.includes(name) && value !== null,
  )
  const shown = valuesText(Object.fromEntries(rest))
  return change.change === 'insert'
    ? [row('insert', valuesText(named), '', '', shown)]
    : [row('delete', valuesText(named), '', shown, '')]
}

/** Columns shown of an inserted or deleted record. */
const MAX_COLUMNS = 8

function valuesText(values: Values): string {
  const entries = Object.entries(values)
  const shown = entries
    .slice(0, MAX_COLUMNS)
    .map(([name, value]) => `${code(name)} ${valueText(value)}`)
  return [...shown, ...(entries.length > MAX_COLUMNS ? ['…'] : [])].join(' ')
}

function valueText(value: Value | undefined): string {
  if (value === null || value === undefined) return '_null_'
  if (value instanceof Date) return code(value.toISOString())
  return code(typeof value === 'string' ? JSON.stringify(value) : stringifyJson(value))
}

function addChecks(page: Page, { checks }: ProjectPlan): void {
  if (checks.length === 0) return
  const failed = checks.filter(({ ok }) => !ok).length
  const text = failed === 0 ? `${plural(checks.length, 'check')} passed` : `${failed} failed`
  page.add(`\n<details><summary>Checks: ${text}</summary>\n\n${checkList(checks)}\n</details>\n`)
}

function checkList(checks: ProjectPlan['checks']): string {
  return checks
    .slice(0, MAX_LISTED)
    .map(({ ok, table, sql, found }) => {
      const why = found === undefined ? '' : `: ${prose(found)}`
      return `- ${ok ? '✅' : '❌'} ${code(table)}: ${code(sql)}${why}\n`
    })
    .join('')
}

/** Text of a table, a file or the gateway. */
function code(text: string): string {
  const characters = Array.from(printable(text))
  const shown =
    characters.length > MAX_VALUE ? [...characters.slice(0, MAX_VALUE), '…'] : characters
  return `<code>${references(shown.join(''))}</code>`
}

/** A sentence of ours, which may quote data: what is in quotes is shown as code. */
function prose(text: string): string {
  return printable(text)
    .split(/("[^"]*")/)
    .map((part) =>
      part.startsWith('"') && part.length > 1 ? code(part.slice(1, -1)) : plain(part),
    )
    .join('')
}

/** Outside of code, a mention or link is made from the text after references are resolved. */
function plain(text: string): string {
  return references(text.replace(/[@#:/]/g, (sign) => `${sign}\u200b`))
}

/** Character references cannot be Markdown or HTML. */
function references(text: string): string {
  return text.replace(/[^\p{L}\p{N} ,\u200b]/gu, (sign) => `&#${sign.codePointAt(0)};`)
}
