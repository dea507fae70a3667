/** A store in memory, as simple as can be: what any store should tell after the same writes. */
import type { StoreWrite } from '../../src/journal-store.ts'
import { type NewChange, type State, setOf } from '../../src/stored-change.ts'
import type { Kept } from '../../src/stored-values.ts'

export interface ModelChange extends Pick<NewChange, 'n' | 'kind' | 'reverses' | 'before'> {
  id: string | undefined
  after: Kept | undefined
  state: State
  undoneBy: number | undefined
  sent: Kept | undefined
}

export interface ModelSet {
  readonly n: number
  readonly id: string
  readonly undoes: string | undefined
  readonly tableId: string
  writer: string
  ended: number | undefined
}

export class Model {
  readonly sets: ModelSet[] = []
  readonly changes: ModelChange[] = []
  readonly #renamed: { set: number; old: string; now: string }[] = []

  commit(writes: readonly StoreWrite[]): void {
    for (const write of writes) this.#carryOut(write)
  }

  of(set: number): ModelChange[] {
    return this.changes.filter(({ n }) => setOf(n) === set).toSorted((a, b) => a.n - b.n)
  }

  /** Counted, not summed up. */
  counts(set: number) {
    const changes = this.of(set)
    const count = (test: (change: ModelChange) => boolean) => changes.filter(test).length
    const made = (kind: string) => count((each) => each.state === 'ok' && each.kind === kind)
    const inState = (...states: State[]) => count(({ state }) => states.includes(state))
    return {
      counts: {
        ...{ inserted: made('inserted'), updated: made('updated'), deleted: made('deleted') },
        ...{ rejected: inState('rejected'), unknown: inState('unknown', 'retriable') },
        ...{ elsewhere: inState('elsewhere'), open: inState('open') },
      },
      retriable: inState('retriable'),
      undone: count(({ undoneBy }) => undoneBy !== undefined),
    }
  }

  isMade(id: string, tableId: string, except: number): boolean {
    return this.changes.some(
      (each) =>
        each.kind === 'inserted' &&
        each.state === 'ok' &&
        each.id === id &&
        each.n !== except &&
        this.#tableOf(setOf(each.n)) === tableId,
    )
  }

  anonymous(values: unknown, tableId: string): number {
    return this.changes.filter(
      (each) =>
        each.kind === 'inserted' &&
        each.state === 'ok' &&
        each.id === undefined &&
        JSON.stringify(each.after?.values) === JSON.stringify(values) &&
        this.#tableOf(setOf(each.n)) === tableId,
    ).length
  }

  currentId(id: string, tableId: string): string {
    const seen = new Set([id])
    for (let current = id; ; ) {
      const [latest] = this.#renamed
        .filter(({ set, old }) => old === current && this.#tableOf(set) === tableId)
        .toSorted((a, b) => b.set - a.set)
      if (latest === undefined || seen.has(latest.now)) return current
      current = latest.now
      seen.add(current)
    }
  }

  halfway(id: string): number[] {
    const undos = this.sets.filter(({ undoes }) => undoes === id)
    return undos
      .flatMap(({ n }) => this.of(n))
      .flatMap(({ kind, state, undoneBy, reverses }) => {
        if (kind !== 'deleted' || state !== 'ok' || undoneBy !== undefined) return []
        const reversed = this.#find(reverses)
        const isHalf = reversed?.kind === 'updated' && reversed.undoneBy === undefined
        return isHalf ? [reversed.n] : []
      })
  }

  #carryOut(write: StoreWrite): void {
    if (write.do === 'add change') {
      const { n, kind, id, before, after, reverses } = write.change
      const none = { state: 'open' as const, undoneBy: undefined, sent: undefined }
      this.changes.push({ n, kind, id, before, after, reverses, ...none })
    } else if (write.do === 'end change') this.#end(write)
    else if (write.do === 'name record') {
      const change = this.#find(write.n)
      if (change !== undefined) change.id ??= write.id
    } else {
      const set = this.sets.find(({ n }) => n === write.set)
      if (set === undefined) return
      set.ended = write.do === 'end set' ? write.at : undefined
      if (write.do === 'take over') set.writer = write.writer
    }
  }

  #end({ change: { n }, ending }: Extract<StoreWrite, { do: 'end change' }>): void {
    const change = this.#find(n)
    const set = this.sets.find((each) => each.n === setOf(n))
    if (change === undefined || set === undefined) return
    const { id = change.id, stored } = ending
    const { tableId } = set
    const isInsert = change.kind === 'inserted'
    const isOk = ending.state === 'ok'
    const isTwice = isOk && isInsert && id !== undefined && this.isMade(id, tableId, n)
    change.state = isTwice ? 'elsewhere' : ending.state
    change.id = id
    if (stored !== undefined) {
      change.after = stored.after
      change.sent = stored.sent
    }
    if (change.state !== 'ok') return
    const reversed = this.#find(change.reverses)
    if (reversed === undefined) return
    if (isInsert && id !== undefined && reversed.id !== undefined) {
      const old = this.currentId(reversed.id, tableId)
      if (old !== id) this.#rename(set.n, old, id)
    }
    if (change.kind === 'deleted' && reversed.kind === 'updated') return
    this.#mark(reversed, n)
  }

  #rename(set: number, old: string, now: string): void {
    const same = this.#renamed.find((each) => each.set === set && each.old === old)
    if (same === undefined) this.#renamed.push({ set, old, now })
    else same.now = now
  }

  /** Undone; what it had undone itself is effective again, what that had undone is not, and so on. */
  #mark(change: ModelChange, by: number): void {
    change.undoneBy = by
    const undone = this.#find(change.reverses)
    if (undone !== undefined) this.#unmark(undone)
  }

  #unmark(change: ModelChange): void {
    change.undoneBy = undefined
    const undone = this.#find(change.reverses)
    if (undone !== undefined) this.#mark(undone, change.n)
  }

  #tableOf(set: number): string | undefined {
    return this.sets.find(({ n }) => n === set)?.tableId
  }

  #find(n: number | undefined): ModelChange | undefined {
    return this.changes.find((each) => each.n === n)
  }
}
