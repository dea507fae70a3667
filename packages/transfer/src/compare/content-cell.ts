/** Cells of two files that are compared with each other, where no table says what their texts mean. */
import { canonicalValue, type JsonValue, stringifyJson, type Table } from '@chatlayer-tables/core'
import { CellError, type CellReader, textInPlaceOf } from '@chatlayer-tables/files'

const JSON_COLUMN: Table = {
  id: '',
  botId: '',
  name: '',
  description: '',
  columns: [{ name: 'json', type: 'jsonb' }],
}

/**
 * Takes cells as they are: text to the letter, and what has a type in its file as its text, where
 * the column is one of text; JSON as it is, where the column is one of JSON.
 */
export function contentReader(nullText: string | undefined): CellReader {
  return (cell, type, place) => {
    if (cell === null || typeof cell === 'string') return cell === nullText ? null : cell
    const shown = type === 'jsonb' ? undefined : textInPlaceOf(cell)
    if (shown !== undefined) return shown === nullText ? null : shown
    const { json, problem } = cell
    if (problem !== undefined) {
      throw new CellError(place, textOf(json), `cannot be taken: ${problem}`, 'Fix the cell.')
    }
    if (json === null || json === nullText) return null
    return type === 'jsonb' && !(json instanceof Date) ? json : textOf(json)
  }
}

function textOf(json: JsonValue | Date): string {
  if (typeof json === 'string') return json
  if (json instanceof Date) return json.toISOString()
  // Keys in one order, so that equal objects have equal texts.
  return canonicalValue(json, 'json', JSON_COLUMN) ?? stringifyJson(json)
}
