/**
 * A Markdown table, aligned as the formatter does.
 *
 * @param {readonly (readonly string[])[]} rows the first is the head
 * @returns {string[]} its lines
 */
export function markdownTable(rows) {
  const cells = rows.map((row) => row.map(escapeCell))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(3, ...cells.map((row) => (row[column] ?? '').length)),
  )
  const [head = '', ...lines] = cells.map(
    (row) => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines]
}

/** @param {string} text */
function escapeCell(text) {
  // A code span is shown unchanged, except for the separator of cells.
  const plain = text.replaceAll('|', '\\|')
  return text.includes('`') ? plain : plain.replaceAll('<', '\\<').replaceAll('*', '\\*')
}
