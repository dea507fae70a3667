/** JSON objects: one a line, or in a list. */
import { stringifyJson, type Values } from '@chatlayer-tables/core'
import { valueToJson } from '../values/write-cell.ts'
import type { Output } from './output.ts'
import type { Sink, SinkColumn } from './sink.ts'

/** The text around the objects. */
export interface Frame {
  readonly before: string
  readonly between: string
  readonly after: string
  /** Replaces all of them when there are no objects. */
  readonly empty: string
}

/** Every object has every column, null ones among them, in the order of the columns. */
export class JsonSink implements Sink {
  readonly #columns: readonly (SinkColumn & { readonly key: string })[]
  readonly #output: Output
  readonly #frame: Frame
  #begun = false
  readonly guarded = 0

  constructor(columns: readonly SinkColumn[], output: Output, frame: Frame) {
    this.#columns = columns.map((column) => ({ ...column, key: `${JSON.stringify(column.name)}:` }))
    this.#output = output
    this.#frame = frame
  }

  async write(records: readonly Values[]): Promise<void> {
    if (records.length === 0) return
    const { before, between } = this.#frame
    const objects = records.map((values) => this.#object(values)).join(between)
    const start = this.#begun ? between : before
    this.#begun = true
    await this.#output.write(start + objects)
  }

  async end(): Promise<void> {
    await this.#output.write(this.#begun ? this.#frame.after : this.#frame.empty)
  }

  #object(values: Values): string {
    const members = this.#columns.map(
      ({ name, type, key }) => key + stringifyJson(valueToJson(values[name], type)),
    )
    return `{${members.join(',')}}`
  }
}
