import { printable } from '../values/cell-error.ts'
import type { Inference, InferredColumn } from './infer.ts'

/** An inference as text for people: the columns to create, each with the reason for its type. */
export function inferenceText(inference: Inference): string {
  const { format, rows, columns, notes, problems } = inference
  const head = `${format.toUpperCase()}, ${count(rows, 'row')}, ${count(columns.length, 'column')}`
  const lines = [[head, ...notes].join('; '), '']
  const width = Math.max(0, ...columns.map(({ name }) => shown(name).length))
  for (const column of columns) {
    lines.push(`${shown(column.name).padEnd(width)}  ${column.type}`, `    ${column.evidence}`)
    lines.push(`    ${measures(column)}`)
  }
  if (problems.length > 0) lines.push('', 'Fix before an import:')
  for (const problem of problems) lines.push(`  ${problem}`)
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function shown(name: string | null): string {
  return name === null ? '(no name)' : printable(name)
}

function measures({ values, nulls, empty, longest, examples }: InferredColumn): string {
  const parts = [count(values, 'value')]
  if (nulls > 0) parts.push(count(nulls, 'null'))
  if (empty > 0) parts.push(`${empty.toLocaleString('en-US')} empty`)
  if (values > 0) parts.push(`the longest of ${count(longest, 'character')}`)
  return parts.join(', ') + (examples.length > 0 ? `; such as ${examples.join(' | ')}` : '')
}

function count(value: number, noun: string): string {
  return `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`
}
