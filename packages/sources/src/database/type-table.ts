/** The types of a database and the column types that keep their values, as documented. */
import type { ColumnType } from '@chatlayer-tables/contract'

/** One line of the documented table of types. */
export interface TypeFact {
  /** The types as the database declares them. */
  readonly declared: string
  /** The type of a table's column that keeps every value; undefined where no type does. */
  readonly type: ColumnType | undefined
  /** How values are read, which are not accepted, and what to do about them. Markdown. */
  readonly note: string
}
