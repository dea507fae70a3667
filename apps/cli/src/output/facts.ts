/** A short list of rows. Unlike in a table of records, nothing is cut. */
import stringWidth from 'string-width'
import { printable } from '../printable.ts'
import { rich, styled } from './styled.ts'
import { tsvField } from './values.ts'
import type { Writer } from './writer.ts'

/** Writes aligned columns on a terminal, tab-separated lines elsewhere. */
export async function writeFacts(
  out: Writer,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  if (!out.isTerminal) {
    const lines = [header, ...rows].map((row) => row.map(tsvField).join('\t'))
    await out.write(`${lines.join('\n')}\n`)
    return
  }
  const shown = [header, ...rows.map((row) => row.map(printable))]
  const widths = header.map((_, column) =>
    Math.max(0, ...shown.map((row) => stringWidth(row[column] ?? ''))),
  )
  for (const [index, row] of shown.entries()) {
    const cells = row.map((cell, column) => {
      const room = (widths[column] ?? 0) - stringWidth(cell)
      return column === row.length - 1 ? cell : cell + ' '.repeat(Math.max(0, room))
    })
    const line = cells.join('  ').trimEnd()
    await out.write(rich`${index === 0 ? styled('bold', line) : line}\n`)
  }
}
