/** One run of an export to a database: of all records, or of what has changed since the last run. */
import { InvalidInputError, type Table, type Where } from '@chatlayer-tables/core'
import {
  BracketWatch,
  learn,
  MAX_SMALL_TABLE,
  maxOverlap,
  sinceCandidates,
  WHOLE_EVERY_MS,
} from '@chatlayer-tables/mirror'
import type { TargetPlan } from './existing-table.ts'
import type { DatabaseExportOptions } from './export-options.ts'
import {
  formOf,
  isOwnRun,
  type LastRun,
  type Learned,
  type NewRun,
  parseRun,
  type RunSource,
  runText,
  type WholeReason,
  whyWhole,
} from './last-run.ts'
import type { MergeCounts, MergeRequest } from './session.ts'
import { type Staged, type StageOptions, stageRecords } from './stage-records.ts'

/** How often changes are read again when the number of records does not fit, as while others write. */
const MAX_ROUNDS = 2

interface Finished {
  readonly read: 'all' | 'changes'
  readonly why: WholeReason | undefined
  readonly staged: Staged
  readonly counts: MergeCounts
}

/** The number of records does not fit: some were deleted, or not found by date. */
class CountDiffers extends Error {}

export class ExportRun {
  readonly #options: DatabaseExportOptions
  readonly #definition: Table
  readonly #plan: TargetPlan
  readonly #updatedAt: string
  #learned: Learned | undefined

  constructor(options: DatabaseExportOptions, definition: Table, plan: TargetPlan) {
    this.#options = options
    this.#definition = definition
    this.#plan = plan
    const dated = plan.columns.find(
      ({ source }) => 'field' in source && source.field === 'updatedAt',
    )
    this.#updatedAt = dated?.name ?? ''
  }

  async finish(): Promise<Finished> {
    if (!this.#options.sinceLast) return await this.#whole(undefined, undefined)
    const last = await this.#lastRun()
    const since = await this.#since(last)
    if (typeof since !== 'object' || last.run === undefined) {
      return await this.#whole(typeof since === 'string' ? since : 'first', last.run)
    }
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      try {
        return await this.#changes(last.run, since.instant)
      } catch (error) {
        if (!(error instanceof CountDiffers)) throw error
      }
    }
    return await this.#whole('count', last.run)
  }

  async #lastRun(): Promise<{ run: LastRun | undefined; why: WholeReason | undefined }> {
    const { session } = this.#options
    if (this.#plan.isNew || this.#plan.added.some(({ name }) => name === this.#updatedAt)) {
      return { run: undefined, why: 'first' }
    }
    const { state, facts } = await session.lastRun(this.#updatedAt)
    const run = parseRun(state)
    const why = whyWhole(run, {
      source: this.#source,
      form: formOf(this.#definition, this.#plan),
      facts,
      deletes: this.#options.delete ?? false,
      wholeEveryMs: this.#options.wholeEveryMs ?? WHOLE_EVERY_MS,
      now: Date.now(),
    })
    return { run, why }
  }

  /** The instant from which changes are read, or why all records are. */
  async #since({
    run,
    why,
  }: {
    run: LastRun | undefined
    why: WholeReason | undefined
  }): Promise<{ instant: string } | WholeReason> {
    const { client, session } = this.#options
    if (why !== undefined || run === undefined) return why ?? 'first'
    if (run.records <= MAX_SMALL_TABLE) return 'small'
    await this.#learn(run)
    const candidates = sinceCandidates(run.bracket)
    if (client.dialect.timestampFilter === 'none' || candidates.length === 0) return 'no dates'
    for (const instant of candidates) {
      const overlap = await session.countSince(this.#updatedAt, instant)
      if (overlap <= maxOverlap(run.records)) return { instant }
    }
    return 'overlap'
  }

  /** Finds out once a day whether the gateway can filter by date. */
  async #learn({ learned }: LastRun): Promise<void> {
    const { client, signal } = this.#options
    const age = Date.now() - (learned?.at ?? 0)
    if (learned !== undefined && age >= 0 && age < WHOLE_EVERY_MS) {
      client.useDialect(learned.dialect)
      this.#learned = learned
      return
    }
    const before = new Map(Object.entries(client.dialect))
    await learn({ client, tableId: this.#definition.id, call: { signal } })
    const found = Object.entries(client.dialect).filter(
      ([name, value]) => before.get(name) !== value,
    )
    this.#learned = { dialect: Object.fromEntries(found), at: Date.now() }
  }

  get #source(): RunSource {
    const { client, table } = this.#options
    const { origin, teamId, botId } = client.connection
    return { origin, teamId, botId, tableId: this.#definition.id, version: table.version }
  }

  /** Reads everything. @param last the run before, if this table was written there */
  async #whole(why: WholeReason | undefined, last: LastRun | undefined): Promise<Finished> {
    const { where, limit, sinceLast } = this.#options
    const wholeAt = new Date().toISOString()
    const watch = new BracketWatch(this.#options)
    const staged = await this.#stage({
      query: { where, limit },
      onPage: (page) => watch.see(page),
    })
    const bracket = watch.end()
    const isOwn = isOwnRun(last, this.#source)
    const deletes = this.#options.delete ?? false
    const most = deletes ? await this.#allowedDeletes(staged, isOwn) : 0
    const run = sinceLast ? this.#newRun(staged.records, bracket, wholeAt) : undefined
    const check = ({ deleted }: MergeCounts): void => {
      if (deleted <= most) return
      throw new InvalidInputError(
        `${this.#options.session.name} was changed meanwhile: more rows would be deleted than were confirmed`,
        { hint: 'Nothing was written. Run the command again.' },
      )
    }
    const counts = await this.#merge(run, { deletes, check })
    return { read: 'all', why, staged, counts }
  }

  /** @throws CountDiffers where changes by date are not all changes */
  async #changes(last: LastRun, instant: string): Promise<Finished> {
    const { table, append, signal } = this.#options
    const watch = new BracketWatch(this.#options, last.bracket.latest)
    const where: Where = { updatedAt: { gte: instant } }
    const staged = await this.#stage({ query: { where }, onPage: (page) => watch.see(page) })
    const bracket = watch.end()
    const total = await table.count(undefined, { signal })
    const run = this.#newRun(total, bracket, last.wholeAt)
    const check = ({ inserted }: MergeCounts): void => {
      // A log has several rows of a record, so that its rows count nothing.
      if (!append && last.records + inserted !== total) throw new CountDiffers()
    }
    const counts = await this.#merge(run, { deletes: false, check })
    return { read: 'changes', why: undefined, staged, counts }
  }

  #newRun(records: number, bracket: NewRun['bracket'], wholeAt: string): NewRun {
    return {
      source: this.#source,
      form: formOf(this.#definition, this.#plan),
      records,
      bracket,
      wholeAt,
      deletes: this.#options.delete ?? false,
      learned: this.#learned,
    }
  }

  #stage(options: Pick<StageOptions, 'query' | 'onPage'>): Promise<Staged> {
    const { table, session, select, onProgress, signal } = this.#options
    const isSelected = select !== undefined
    const shared = { table, session, plan: this.#plan, definition: this.#definition }
    return stageRecords({ ...shared, ...options, isSelected, onProgress, signal })
  }

  /** @throws InvalidInputError where all rows would be deleted, and what `confirmDeletes` throws */
  async #allowedDeletes({ records }: Staged, isOwn: boolean): Promise<number> {
    const { session, allowEmpty, dryRun, confirmDeletes } = this.#options
    if (this.#plan.isNew) return 0
    const count = await session.countDeletes()
    if (count > 0 && records === 0 && !allowEmpty) {
      throw new InvalidInputError(
        `the table has no records, so that all ${count} rows of ${session.name} would be deleted`,
        { field: 'allowEmpty', situation: { code: 'SOURCE_EMPTY' } },
      )
    }
    if (dryRun) return Number.POSITIVE_INFINITY
    if (count > 0) await confirmDeletes?.(count, isOwn)
    return count
  }

  async #merge(
    run: NewRun | undefined,
    { deletes, check }: Pick<MergeRequest, 'deletes' | 'check'>,
  ): Promise<MergeCounts> {
    const { session, append, sinceLast, dryRun, signal } = this.#options
    signal?.throwIfAborted()
    const inserts = sinceLast ? 'new versions' : 'all'
    return await session.merge({
      plan: this.#plan,
      append: append ? inserts : undefined,
      deletes,
      check,
      state: run === undefined ? undefined : (facts) => runText(run, facts),
      dryRun: dryRun ?? false,
    })
  }
}
