/** Records as YAML: a list with a map for each record. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { SourceCell } from '@chatlayer-tables/files'
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, Scalar, stringify } from 'yaml'
import { type EditFormat, type EditProblem, idTitle, type RawRow, typedRows } from './edit-text.ts'

export const yamlFormat: EditFormat = {
  async write(table, records, heading) {
    const title = idTitle(table)
    const rows = records.map(({ id, values }) => ({
      [title]: id,
      ...Object.fromEntries(table.columns.map(({ name }) => [name, values[name] ?? null])),
    }))
    const comment = heading.split('\n').map((line) => `# ${line}\n`)
    // No line is folded, so that each value is where it was.
    const body = rows.map((row) => stringify([row], { lineWidth: 0, aliasDuplicateObjects: false }))
    return `${comment.join('')}${body.join('\n')}`
  },

  async read(text, table) {
    const lines = new LineCounter()
    const document = parseDocument(text, { intAsBigInt: true, lineCounter: lines })
    const lineOf = (node: unknown): number =>
      isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1
    const problems: EditProblem[] = document.errors.map(({ message, pos }) => ({
      line: lines.linePos(pos[0]).line,
      message: message.split('\n')[0]?.replace(/ at line \d+.*$/, '') ?? message,
    }))
    if (problems.length > 0 || document.contents === null) return { rows: [], problems }
    const { contents } = document
    if (!isSeq(contents)) return { rows: [], problems: [{ line: 1, message: MUST_BE_LIST }] }
    const types = new Map(table.columns.map(({ name, type }) => [name, columnTypeOf(type)]))
    const raw = contents.items.flatMap((item): RawRow[] => {
      const line = lineOf(item)
      if (!isMap(item)) {
        problems.push({ line, message: 'each record must be a map of columns' })
        return []
      }
      const cells = item.items.map(({ key, value }): [string, SourceCell] => {
        const name = isScalar(key) ? keyText(key) : String(key)
        return [name, cellOf(value, types.get(name) === 'jsonb', document)]
      })
      return [{ line, cells: new Map(cells) }]
    })
    const typed = typedRows(raw, table)
    return { rows: typed.rows, problems: [...problems, ...typed.problems] }
  },
}

const MUST_BE_LIST = 'the file must be a list of records, each beginning with a hyphen'

/** A value without quotes is text until its column says what it is, so `00501` stays `00501`. */
function cellOf(
  value: unknown,
  isJson: boolean,
  document: ReturnType<typeof parseDocument>,
): SourceCell {
  if (!isNode(value)) return null
  if (isScalar(value) && value.value === null) return null
  if (isJson || !isScalar(value)) return { json: value.toJS(document) }
  if (value.type === Scalar.PLAIN) {
    return typeof value.value === 'string' ? value.value : String(value.source)
  }
  return String(value.value)
}

/** The name of a column, also where it reads as a number. */
function keyText({ type, value, source }: Scalar): string {
  return type === Scalar.PLAIN && typeof value !== 'string' ? String(source) : String(value)
}
