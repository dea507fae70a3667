/** A plan of `chatlayer.yaml` as a page: one set of changes for each sync. */
import {
  type Blocker,
  type CheckResult,
  type OnDifference,
  type PlannedSync,
  type ProjectPlan,
  placeText,
} from '@chatlayer-tables/transfer/project'
import type {
  ChangedTable,
  ChangesFacts,
  ColumnFacts,
  EmbeddedData,
  Fact,
} from '@chatlayer-tables/views'
import { countOf } from '../output/preview-output.ts'
import { formatCount } from '../output/progress.ts'
import { changesOf, driftPlace, driftText, headline, limitText } from '../project/plan-text.ts'
import { DifferenceRows } from './difference-rows.ts'
import { RowBudget } from './row-budget.ts'

interface SyncChanges {
  readonly collected: DifferenceRows
  readonly columns: readonly ColumnFacts[]
}

/** Collects the changes while the plan is made. */
export class PlanPage {
  readonly #budget = new RowBudget()
  readonly #syncs = new Map<string, SyncChanges>()

  readonly onDifference: OnDifference = (sync, difference, columns) => {
    const known = this.#syncs.get(sync)
    const { collected } = known ?? this.#begin(sync, columns)
    collected.add(difference, columns)
  }

  data(plan: ProjectPlan): EmbeddedData & { readonly changes: ChangesFacts } {
    const { file, overlay, only } = plan.project
    const facts: Fact[] = [
      ['file', file],
      ...(overlay === undefined ? [] : [['overlay', overlay] as const]),
      ...(only === undefined ? [] : [['only', only.join(', ')] as const]),
      ['made', plan.createdAt],
      ...plan.checks.map(checkFact),
    ]
    return {
      changes: {
        title: headline(plan),
        facts,
        remarks: [
          ...plan.blocked.map(blockerText),
          ...driftRemarks(plan),
          ...this.#budget.remarks('changes'),
        ],
        sets: plan.syncs.map((sync) => this.#set(sync)),
      },
      changeRows: plan.syncs.map(({ name }) => ({
        rows: this.#syncs.get(name)?.collected.rows ?? [],
      })),
    }
  }

  #begin(sync: string, columns: readonly ColumnFacts[]): SyncChanges {
    const begun = { collected: new DifferenceRows(this.#budget, 'a'), columns }
    this.#syncs.set(sync, begun)
    return begun
  }

  #set(sync: PlannedSync): ChangedTable {
    const { counts, table, columns } = sync
    const found = this.#syncs.get(sync.name)
    return {
      ...{ table: table.name, version: table.version },
      columns: found?.columns ?? columns.map((name) => ({ name, type: '' })),
      counts: {
        ...{ inserted: counts.inserts, updated: counts.updates, deleted: counts.deletes },
        ...{ unchanged: counts.same, rejected: 0 },
      },
      rows: found?.collected.rows.length ?? 0,
      problems: [],
      facts: syncFacts(sync),
    }
  }
}

function syncFacts(sync: PlannedSync): Fact[] {
  const { name, from, to, key, counts, after, limits, notes } = sync
  const facts: (readonly [string, string | undefined])[] = [
    ['sync', name],
    ['from', from],
    ['to', to],
    ['key', key?.join(', ')],
    ['after', after.length === 0 ? undefined : after.join(', ')],
    ['changes', `${formatCount(changesOf(sync))} of ${countOf(sync.recordsBefore)}`],
    ['records afterwards', formatCount(sync.recordsAfter)],
    ['not in the source, kept', counts.extra === 0 ? undefined : countOf(counts.extra)],
    ...limits.map((limit) => {
      const state = limit.exceeded ? 'exceeded limit' : 'limit'
      return [state, limitText(limit)] as const
    }),
    ...notes.map((note) => ['note', note] as const),
  ]
  return facts.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as const]))
}

function checkFact({ table, sql, ok, found }: CheckResult): Fact {
  const why = found === undefined ? '' : ` (${found})`
  return [ok ? 'check passed' : 'check failed', `${table}: ${sql}${ok ? '' : why}`]
}

function blockerText({ about, message, hint, allowance, place }: Blocker): string {
  const at = place === undefined ? '' : ` (${placeText(place)})`
  const allow = allowance === undefined ? '' : `. To allow it once: --allow ${allowance}`
  return `Blocked: ${about}: ${message}${at}${hint === undefined ? '' : `. ${hint}`}${allow}`
}

/** Drift blocks a plan, and is then named by its blocker. */
function driftRemarks({ schema, blocked }: ProjectPlan): string[] {
  if (blocked.some(({ kind }) => kind === 'drift')) return []
  return schema.flatMap(({ table, drift }) =>
    drift.map((each) => `Drift: ${table}: ${driftText(each)}${driftPlace(each)}`),
  )
}
