/** The page `docs/reference/mcp-tasks.md`. */
import { type ListedTool, sizeOfListing } from '../../comparison/listing-size.ts'

export interface MeasuredTask {
  readonly asked: string
  readonly calls: readonly { readonly tool: string; readonly args: string }[]
  readonly written: number
  readonly read: number
}

export interface MeasuredGroup {
  readonly title: string
  readonly tasks: readonly MeasuredTask[]
}

export function page(groups: readonly MeasuredGroup[], tools: readonly ListedTool[]): string {
  const size = sizeOfListing(tools)
  return `# Cost of everyday tasks

${JSON.stringify(size)}

${groups.map((group) => `## ${group.title}\n\n${table(group.tasks)}`).join('\n\n')}
`
}

function table(tasks: readonly MeasuredTask[]): string {
  return markdown([
    ['task', 'calls', 'written', 'read', 'tools'],
    ...tasks.map(({ asked, calls, written, read }) => [
      asked,
      ...[calls.length, written, read].map(String),
      listTools(calls.map(({ tool }) => tool)),
    ]),
  ])
}

/** A table with columns of equal width. */
function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((name, index) =>
    Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  const line = (row: readonly string[], fill = ' ') =>
    `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0, fill)).join(' | ')} |`
  const rule = line(
    head.map(() => ''),
    '-',
  )
  return [line(head), rule, ...rows.map((row) => line(row))].join('\n')
}

/** `a`, twice `b`, `c`. */
function listTools(tools: readonly string[]): string {
  const runs: { tool: string; times: number }[] = []
  for (const tool of tools) {
    const last = runs.at(-1)
    if (last?.tool === tool) last.times++
    else runs.push({ tool, times: 1 })
  }
  return runs.map(({ tool, times }) => (times === 1 ? tool : `${tool} ×${times}`)).join(', ')
}
