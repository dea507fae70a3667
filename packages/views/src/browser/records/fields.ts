/** What a record shows: its id, its columns, its times. */
import type { Cell } from '../../protocol/cells.ts'
import type { RecordRow, TableFacts } from '../../protocol/records.ts'
import { cellNode } from '../kit/cell-text.ts'
import type { GridColumn } from '../kit/grid.ts'

export interface Field {
  readonly key: string
  readonly title: string
  readonly type: string
  /** Name in filters and sorts; missing for a field that a column of the same name hides. */
  readonly name?: string
  /** Of the table, in contrast to id and times. */
  readonly isColumn: boolean
  value(row: RecordRow): Cell
}

export function fieldsOf({ columns }: Pick<TableFacts, 'columns'>): Field[] {
  const names = new Set(columns.map(({ name }) => name))
  const own = (name: string, type: string, value: (row: RecordRow) => Cell): Field => ({
    key: `record ${name}`,
    title: names.has(name) ? `record ${name}` : name,
    type,
    ...(!names.has(name) && { name }),
    isColumn: false,
    value,
  })
  return [
    own('id', 'string', ({ id }) => id),
    ...columns.map(({ name, type }, index) => ({
      key: `column ${name}`,
      title: name,
      type,
      name,
      isColumn: true,
      value: ({ cells }: RecordRow) => cells[index] ?? null,
    })),
    own('createdAt', 'timestamp', ({ createdAt }) => createdAt ?? null),
    own('updatedAt', 'timestamp', ({ updatedAt }) => updatedAt ?? null),
  ]
}

const ID_WIDTH = 96

export function gridColumns(fields: readonly Field[]): GridColumn<RecordRow>[] {
  return fields.map(({ key, title, type, name, isColumn, value }) => ({
    key,
    title,
    type,
    canSort: name !== undefined,
    ...(key === 'record id' && { width: ID_WIDTH }),
    render: (row) => cellNode(value(row)),
    className: () => (isColumn ? '' : 'meta'),
  }))
}
