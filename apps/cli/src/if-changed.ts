/** Ends a sync before any work, if its source reports no change since the last one: `--if-changed`. */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { userStateFolder, writePrivateFile } from '@chatlayer-tables/local'
import type { Context } from './context.ts'
import { UsageError } from './failures.ts'
import { readIfThere } from './profiles/private-file.ts'
import type { AddressInput } from './side-inputs.ts'
import { connectionOf, type OpenedSide, type OpenTableSide } from './sides.ts'

export class IfChanged {
  readonly #context: Context
  readonly #address: AddressInput
  readonly #path: string

  private constructor(context: Context, address: AddressInput, path: string) {
    this.#context = context
    this.#address = address
    this.#path = path
  }

  /**
   * @param options of the command: a sync with other options is another one
   * @throws UsageError for a source that cannot report whether it has changed
   */
  static async open(
    context: Context,
    source: OpenedSide,
    { open, handle }: OpenTableSide,
    options: object,
  ): Promise<IfChanged> {
    const address = source.kind === 'file' ? source.address : undefined
    if (address === undefined || !address.side.can.unchanged) {
      throw new UsageError(
        '--if-changed needs an HTTP API whose first response shows every change',
        address?.side.kind === 'http'
          ? 'If one response has all rows, pass --paging none.'
          : undefined,
      )
    }
    const { id } = await handle.definition({ signal: context.stop })
    const facts = [connectionOf(open), id, handle.version, options]
    const name = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)
    return new IfChanged(
      context,
      address,
      join(userStateFolder(context.io.env), 'validators', name),
    )
  }

  /** Whether there is nothing to do. Reports it. */
  async isUnchanged(): Promise<boolean> {
    const { messages, json, out, stop } = this.#context
    const { side } = this.#address
    const ifChangedFrom = await readIfThere(this.#path)
    if (ifChangedFrom === undefined) return false
    await using reading = await side.read({ ifChangedFrom, signal: stop })
    if (reading.unchanged !== true) return false
    if (json) await out.write(`${JSON.stringify({ event: 'unchanged', source: side.name })}\n`)
    else await messages.note(`${side.name} has not changed since the last sync: nothing to do`)
    return true
  }

  /** Call before the first write: if not all is written, the next sync has to begin again. */
  async forget(): Promise<void> {
    await rm(this.#path, { force: true })
  }

  /** Call after everything was written. */
  async remember(): Promise<void> {
    const validator = this.#address.reading?.validator
    if (validator !== undefined) await writePrivateFile(this.#path, validator)
    else {
      await this.#context.messages.note(
        'The API sends neither ETag nor Last-Modified, so the next sync reads everything again',
      )
    }
  }
}
