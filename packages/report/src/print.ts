import type { Report } from './format.ts'
import type { Json } from './placeholders.ts'

const WIDTH = 120

/** The text of a report's file. */
export function printReport(report: Report): string {
  return `${printed(report as unknown as Json, '')}\n`
}

/** JSON in which everything that fits on one line is on one. */
function printed(value: Json, indent: string): string {
  const line = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || line.length + indent.length <= WIDTH)
    return line
  const inner = `${indent}  `
  const [open, close] = isList(value) ? '[]' : '{}'
  const items = isList(value)
    ? value.map((item) => printed(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${printed(item, inner)}`)
  return `${open}\n${inner}${packed(items, inner)}\n${indent}${close}`
}

/** Joins short items to lines. */
function packed(items: readonly string[], indent: string): string {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    const isShort = !item.includes('{') && !last?.includes('{') && !last?.includes('\n')
    const fits = last !== undefined && last.length + item.length + indent.length < WIDTH
    if (isShort && fits && !item.includes('\n')) lines[lines.length - 1] = `${last}, ${item}`
    else lines.push(item)
  }
  return lines.join(`,\n${indent}`)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
