/** Values as pages get them. */

/**
 * A value of a table as JSON. Numbers that JavaScript would round, JSON columns, and values that are not
 * shown have forms of their own:
 * - `{number}`: the digits of a number
 * - `{json}`: the text of a value of a JSON column
 * - `{absent}`: no value to show, and why: the operator masks or hides the column, or the journal has not kept it
 */
export type Cell =
  | null
  | boolean
  | number
  | string
  | { readonly number: string }
  | { readonly json: string }
  | { readonly absent: 'masked' | 'hidden' | 'not-kept' }

export interface ColumnFacts {
  readonly name: string
  /** Such as `string` or `timestamp`, as the table defines it; empty if unknown. */
  readonly type: string
}

export type TableVersion = 'DRAFT' | 'LIVE'

/**
 * The call of a tool whose result a view shows, as an assistant's host passes it on. Hosts that send no
 * `toolInfo` leave the name out of it; the page itself has it: `<meta name="chatlayer-tool">`.
 */
export interface ToolCall {
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** A line of facts about something, such as `['by', 'import stores.csv']`. */
export type Fact = readonly [label: string, text: string]
