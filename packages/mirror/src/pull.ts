/** Reads a table as a whole. */
import { TableChangedError, type TableRecord } from '@chatlayer-tables/core'
import { isoNow, type Source } from './source.ts'
import type { Bracket, MirrorState } from './state.ts'
import { timestampToSql } from './values.ts'

/** Pages in flight at once, enough for a distant gateway. */
const AHEAD = 32

/**
 * Reads every record of a table into its mirror. The previous mirror is used until the last record has
 * been read, and stays when reading fails. A table that kept changing while it was read is stored as it
 * was read, and marked as incomplete.
 *
 * @throws the errors of a request, and the reason of the caller's abort
 */
export async function pullWhole(source: Source): Promise<MirrorState> {
  const { handle, shape, file, call, onRecords } = source
  const asOf = isoNow()
  const watch = new BracketWatch(source)
  const stage = file.stage(shape)
  let complete = true
  try {
    try {
      for await (const page of handle.records({ ahead: AHEAD }, call).pages()) {
        stage.add(page)
        watch.see(page)
        onRecords?.(stage.records)
      }
    } catch (error) {
      if (!(error instanceof TableChangedError)) throw error
      complete = false
    }
    return stage.commit({ shape, asOf, complete, wholeAt: asOf, bracket: watch.end() })
  } catch (error) {
    stage.discard()
    throw error
  }
}

/** Determines bounds for the start of a reading by the clock that dates records. */
export class BracketWatch {
  readonly #source: Pick<Source, 'client'>
  readonly #start = performance.now()
  #latest: string
  #seen = ''

  /** @param latest the latest date of a record in an earlier reading */
  constructor(source: Pick<Source, 'client'>, latest = '') {
    this.#source = source
    this.#latest = latest
  }

  see(records: readonly TableRecord[]): void {
    for (const { updatedAt } of records) {
      if (updatedAt === this.#seen) continue
      this.#seen = updatedAt
      const at = timestampToSql(updatedAt)
      if (at > this.#latest) this.#latest = at
    }
  }

  end(): Bracket {
    const tookMs = Math.ceil(performance.now() - this.#start)
    // Measured at the end, when more responses have shown that clock.
    const offset = this.#source.client.clockOffsetMs()
    const gatewayMs = offset === undefined ? undefined : Date.now() + offset - tookMs
    return { latest: this.#latest, tookMs, gatewayMs }
  }
}
