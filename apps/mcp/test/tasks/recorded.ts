/** The figures on the page, kept as long as a new count differs little. */
import { readFileSync } from 'node:fs'
import type { MeasuredTask } from './page.ts'

/**
 * A preview shows as many records as its budget allows, of which random ids and tokens take more or less.
 * So a count may differ by a record from run to run.
 */
const MAX_DEVIATION = 0.05

export const PAGE = new URL('../../../../docs/reference/mcp-tasks.md', import.meta.url)

/** The task with the figures of the page where they are nearly the same. */
export function withRecorded(task: MeasuredTask, recorded: string): MeasuredTask {
  const row = recorded.split('\n').find((line) => line.startsWith(`| ${task.asked} `))
  const [, , , written, read] = row?.split('|').map((cell) => Number(cell.replace(',', ''))) ?? []
  return { ...task, written: nearly(written, task.written), read: nearly(read, task.read) }
}

function nearly(recorded: number | undefined, count: number): number {
  if (recorded === undefined || Number.isNaN(recorded)) return count
  return Math.abs(count - recorded) <= count * MAX_DEVIATION ? recorded : count
}

/** The page as it is, or nothing. */
export function readPage(): string {
  try {
    return readFileSync(PAGE, 'utf8')
  } catch {
    return ''
  }
}
