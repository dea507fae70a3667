import type { CallOptions, PreviewedChange, Table, Version } from '@chatlayer-tables/core'
import type { RowProblem } from '@chatlayer-tables/views'

/** What a write would do now. */
export interface WritePreview {
  /** Without unchanged records. */
  readonly changes: readonly PreviewedChange[]
  readonly unchanged: number
  readonly problems: readonly RowProblem[]
}

/** What a write has done. */
export interface WriteDone {
  /** Sentences. */
  readonly message: string
  readonly counts: Readonly<Record<string, number>>
  /** Ids of change sets in the journal. */
  readonly changeSets: readonly string[]
}

export interface WriteRun {
  readonly note: string | undefined
  readonly signal: AbortSignal
  onProgress(done: number): void
}

/** A write that is shown on the page before it is carried out. */
export interface ReviewedWrite {
  /** Such as `update "stores" (DRAFT)`. */
  readonly what: string
  readonly table: Pick<Table, 'id' | 'name' | 'columns'>
  readonly version: Version
  /** Reads what it would do now. */
  preview(call: CallOptions): Promise<WritePreview>
  /** Whether some of the changes can be written without the others. */
  canTick(changes: readonly PreviewedChange[]): boolean
  /** @param isAll whether these are all changes of the preview */
  write(changes: readonly PreviewedChange[], isAll: boolean, run: WriteRun): Promise<WriteDone>
}
