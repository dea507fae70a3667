/** Draws what a terminal shows as SVG. */
import type { IBuffer, IBufferCell } from '@xterm/headless'
import { COLUMNS, screenOf } from './shell.ts'

const CELL = { width: 8.4, height: 19 }
const PADDING = 16
const BACKGROUND = '#16191d'
const TEXT = '#dfe3e8'
/** The eight colours of terminals, and their bright forms. */
const COLOURS = [
  ...['#5c6370', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#dfe3e8'],
  ...['#7f8792', '#ff8b94', '#b5e890', '#ffd68a', '#8ac6ff', '#dd9bf0', '#7fd4df', '#ffffff'],
]

interface Run {
  readonly text: string
  readonly column: number
  readonly colour: string
  readonly bold: boolean
  readonly dim: boolean
}

/**
 * @param raw output of a terminal, with control sequences
 * @param title for readers who do not see the picture
 */
export async function drawTerminal(raw: string, title: string): Promise<string> {
  const { buffer } = await screenOf(raw)
  const rows = rowsOf(buffer.active)
  const width = Math.ceil(COLUMNS * CELL.width + 2 * PADDING)
  const height = rows.length * CELL.height + 2 * PADDING
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">`,
    ...rows.flatMap((runs, row) => runs.map((run) => drawRun(run, row))),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

/** Its length is set, so that columns align in any font. */
function drawRun({ text, column, colour, bold, dim }: Run, row: number): string {
  const x = round(PADDING + column * CELL.width)
  const y = round(PADDING + (row + 0.75) * CELL.height)
  const length = round([...text].length * CELL.width)
  const style = `${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.65"' : ''}`
  return `<text x="${x}" y="${y}" fill="${colour}" textLength="${length}"${style}>${escapeXml(text)}</text>`
}

function rowsOf(buffer: IBuffer): Run[][] {
  const rows = Array.from({ length: buffer.length }, (_, row) => runsOf(buffer, row))
  return rows.slice(0, rows.findLastIndex((runs) => runs.length > 0) + 1)
}

/** Neighbouring cells of one style, without blanks at the ends. */
function runsOf(buffer: IBuffer, row: number): Run[] {
  const runs: Run[] = []
  const line = buffer.getLine(row)
  for (let column = 0; line !== undefined && column < line.length; column += 1) {
    const cell = line.getCell(column)
    if (cell === undefined || cell.getWidth() === 0) continue
    const next = { text: cell.getChars() || ' ', column, ...styleOf(cell) }
    const last = runs.at(-1)
    const joins =
      last !== undefined &&
      last.colour === next.colour &&
      last.bold === next.bold &&
      last.dim === next.dim
    if (joins) runs[runs.length - 1] = { ...last, text: last.text + next.text }
    else runs.push(next)
  }
  return runs
    .map((run) => ({ ...run, text: run.text.trimEnd() }))
    .filter(({ text }) => text !== '')
    .map((run) => {
      const text = run.text.trimStart()
      return { ...run, text, column: run.column + run.text.length - text.length }
    })
}

function styleOf(cell: IBufferCell): Pick<Run, 'colour' | 'bold' | 'dim'> {
  const colour = cell.isFgPalette() ? (COLOURS[cell.getFgColor()] ?? TEXT) : TEXT
  return { colour, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
