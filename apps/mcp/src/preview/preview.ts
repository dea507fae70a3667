/** The preview of one write, in the forms that results, errors and questions show. */
import { canonicalJson } from '@chatlayer-tables/core'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { readCursor, writeCursor } from '../result/cursor.ts'
import type { ToolName } from '../tools/registry.ts'
import { totalsOf, type WritePlan } from '../write/write-plan.ts'
import { linesOf } from './lines.ts'
import { type Page, pageOf } from './page.ts'
import { planSections, type SectionPlan } from './sections.ts'

type Sections = Page['sections']

/** The fields of a preview. */
export interface PreviewFields extends Sections {
  readonly version: string
  readonly matched?: number
  readonly would_insert?: number
  readonly would_update?: number
  readonly would_delete?: number
  readonly unchanged?: number
  readonly rejected?: number
  readonly confirm_token?: string
  readonly next_cursor?: string
}

/** The result of a call that only previews. */
export interface PreviewResult extends PreviewFields {
  readonly notice: string | undefined
  readonly dry_run: true
  /** What the write waits for. */
  readonly review?: { readonly id: string; readonly digest: string; readonly expires_at: string }
}

export class Preview {
  readonly #tool: ToolName
  readonly #table: GuardedTable
  readonly #plan: WritePlan
  readonly #digest: string
  readonly #sections: readonly SectionPlan[]

  /** @param digest of the records as they are */
  static async of(
    tool: ToolName,
    table: GuardedTable,
    plan: WritePlan,
    digest: string,
  ): Promise<Preview> {
    return new Preview(tool, table, plan, digest, await planSections(plan.changes, table, plan.key))
  }

  private constructor(
    tool: ToolName,
    table: GuardedTable,
    plan: WritePlan,
    digest: string,
    sections: readonly SectionPlan[],
  ) {
    this.#tool = tool
    this.#table = table
    this.#plan = plan
    this.#digest = digest
    this.#sections = sections
  }

  /** The number of changes on the pages before the cursor. @throws ToolError for a cursor of another preview */
  offsetOf(cursor: string | undefined): number {
    return cursor === undefined ? 0 : readCursor(cursor, this.#identity())
  }

  /** The first page as lines of text. */
  get lines(): readonly string[] {
    const { inserts, updates, deletes } = totalsOf(this.#plan)
    return linesOf(pageOf(this.#sections, 0), this.#sections, inserts + updates + deletes)
  }

  fields(token: string | undefined, offset: number): PreviewFields {
    const { matched, rejected = 0, problems = [], facts } = this.#plan
    const { inserts, updates, deletes, unchanged } = totalsOf(this.#plan)
    const { sections, next } = pageOf(this.#sections, offset)
    return {
      version: this.#table.version,
      ...(matched === undefined ? {} : { matched }),
      ...unlessZero({
        would_insert: inserts,
        would_update: updates,
        would_delete: deletes,
        unchanged,
        rejected,
      }),
      ...(problems.length === 0 ? {} : { problems }),
      ...facts,
      ...(token === undefined ? {} : { confirm_token: token }),
      ...sections,
      ...(next === undefined ? {} : { next_cursor: writeCursor(next, this.#identity()) }),
    }
  }

  /** What a cursor belongs to: the write and the records as they are. */
  #identity(): unknown {
    return canonicalJson([this.#tool, this.#plan.args, this.#digest])
  }
}

function unlessZero<Name extends string>(
  counts: Readonly<Record<Name, number>>,
): Partial<Record<Name, number>> {
  const some = Object.entries<number>(counts).filter(([, count]) => count > 0)
  return Object.fromEntries(some) as Partial<Record<Name, number>>
}
