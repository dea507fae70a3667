/**
 * The records of two sides. They are in a database that SQLite keeps in a file
 * without a name and drops, so that memory does not grow with their number. All of `a` is put in
 * first, then `b`; records of `b` that are as in `a` leave only their hashes.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { openTemporaryDatabase, usingTemporaryFolder } from '@chatlayer-tables/local'
import type { CompareCounts, DuplicateCounts } from './compare-types.ts'

/** A record of one side. `held` is its values as JSON. */
export interface Held {
  readonly place: string | number
  readonly held: string
}

/** A record as it is put in; two are as one exactly when their contents are. */
export interface Entry extends Held {
  /** What identifies it on its side; its content, where there is no key. */
  readonly key: Uint8Array
  readonly content: Uint8Array
}

/** One difference; a record that both sides have holds other values in `b`. */
export interface HeldDifference {
  readonly a: Held | undefined
  readonly b: Held | undefined
}

/** A key that several records of a side have. */
export interface HeldDuplicateKey {
  readonly a: number
  readonly b: number
  readonly held: string
}

/** Several records of one side that have the same key. */
export interface HeldDuplicates {
  readonly count: number
  readonly held: string
  /** Places of the first few records. */
  readonly places: readonly (string | number)[]
}

const TABLES = `
  CREATE TABLE a (n INTEGER PRIMARY KEY, place ANY, key BLOB, content BLOB, held TEXT) STRICT;
  CREATE TABLE b (n INTEGER PRIMARY KEY, place ANY, key BLOB, content BLOB, held TEXT) STRICT;
`

/** Indexes are built when all is there, which is several times faster than keeping them up to date. */
const SEAL_A = 'CREATE INDEX a_by_key ON a (key);'

/** With a key, records of equal keys are one record. In both ways `b.held` is null where it is as in `a`. */
const SEAL_B_KEYED = 'CREATE INDEX b_by_key ON b (key);'

/**
 * Without one, each record of `b` takes one of `a` that has its content, as long as there are any;
 * what is left of `a` when all of `b` is there is `a`'s alone, and only what found none is in `b`.
 */
const COUNT_A = `
  CREATE TABLE untaken (key BLOB PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO untaken SELECT key, count(*) FROM a GROUP BY key;
`

/** Moves the records of keys that several records of a side have out of the comparison. */
const SET_ASIDE = `
  CREATE TABLE twice (key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  INSERT INTO twice
    SELECT key FROM a GROUP BY key HAVING count(*) > 1
    UNION SELECT key FROM b GROUP BY key HAVING count(*) > 1;
  CREATE TABLE aside AS
    SELECT key, sum(a) AS a, sum(b) AS b, sum(same) AS same, min(n) AS n, max(held) AS held FROM (
      SELECT key, 1 AS a, 0 AS b, 0 AS same, n, held FROM twice JOIN a USING (key)
      UNION ALL SELECT key, 0, 1, held IS NULL, n, held FROM twice JOIN b USING (key)
    ) GROUP BY key;
  DELETE FROM a WHERE key IN (SELECT key FROM twice);
  DELETE FROM b WHERE key IN (SELECT key FROM twice);
`

/** Maximum number of places per duplicate key. */
const MAX_PLACES = 5

export class Pairing implements Disposable {
  readonly #database: DatabaseSync = openTemporaryDatabase(TABLES)
  readonly #isKeyed: boolean
  readonly #insertA: StatementSync
  readonly #insertB: StatementSync
  /** Looks up the content of a record of `a`, or counts down its untaken records. */
  #findA: StatementSync | undefined
  readonly #read = { a: 0, b: 0 }
  #same = 0
  /** Records of `b` with the key of one of `a`, and other content. */
  #changed = 0
  #aside: DuplicateCounts = { keys: 0, a: 0, b: 0 }

  constructor(isKeyed: boolean) {
    this.#isKeyed = isKeyed
    this.#insertA = this.#database.prepare('INSERT INTO a VALUES (NULL, ?, ?, ?, ?)')
    this.#insertB = this.#database.prepare('INSERT INTO b VALUES (NULL, ?, ?, ?, ?)')
  }

  addA({ place, key, content, held }: Entry): void {
    this.#read.a++
    usingTemporaryFolder(() => this.#insertA.run(place, key, content, held))
  }

  /** Call once all of `a` is there. */
  sealA(): void {
    usingTemporaryFolder(() => {
      this.#database.exec(SEAL_A)
      if (!this.#isKeyed) this.#database.exec(COUNT_A)
    })
    this.#findA = this.#database.prepare(
      this.#isKeyed
        ? 'SELECT max(content = ?) AS same FROM a WHERE key = ?'
        : 'UPDATE untaken SET count = count - 1 WHERE key = ? AND count > 0',
    )
  }

  addB({ place, key, content, held }: Entry): void {
    if (this.#findA === undefined) throw new Error('the first side is not sealed yet')
    this.#read.b++
    // By key, null where `a` does not have it.
    const found = this.#isKeyed
      ? (this.#findA.get(content, key)?.same ?? null)
      : this.#findA.run(key).changes
    const isSame = found === 1
    if (isSame) this.#same++
    else if (found === 0 && this.#isKeyed) this.#changed++
    usingTemporaryFolder(() => this.#insertB.run(place, key, content, isSame ? null : held))
  }

  /** Call once all of `b` is there. */
  sealB(): void {
    usingTemporaryFolder(() => {
      if (this.#isKeyed) this.#database.exec(SEAL_B_KEYED)
      this.#database.exec('COMMIT')
    })
  }

  /** Keys that several records of a side have, in the order of the side; none without a key. */
  *duplicates(side: 'a' | 'b'): Generator<HeldDuplicates, void, undefined> {
    if (!this.#isKeyed) return
    // For a record that equals one of a, only a stores the values.
    const ofA = '(SELECT held FROM a WHERE a.key = side.key LIMIT 1)'
    const query = `
      SELECT count(*) AS count, coalesce(max(side.held), ${ofA}) AS held,
        json_group_array(place ORDER BY n) AS places
      FROM ${side} AS side
      WHERE key IN (SELECT key FROM ${side} GROUP BY key HAVING count(*) > 1)
      GROUP BY key ORDER BY min(n)
    `
    for (const { count, held, places } of this.#database.prepare(query).iterate()) {
      const list = JSON.parse(String(places)) as (string | number)[]
      yield { count: Number(count), held: String(held), places: list.slice(0, MAX_PLACES) }
    }
  }

  /** Takes the records of duplicate keys out of what follows. Call once, when both sides are there. */
  setAsideDuplicates(): void {
    if (!this.#isKeyed) return
    usingTemporaryFolder(() => this.#database.exec(SET_ASIDE))
    const { keys, a, b, same, changed } = this.#database.prepare(ASIDE_COUNTS).get() ?? {}
    this.#aside = { keys: Number(keys), a: Number(a), b: Number(b) }
    this.#same -= Number(same)
    this.#changed -= Number(changed)
  }

  /** What was set aside. */
  get aside(): DuplicateCounts {
    return this.#aside
  }

  *asideKeys(): Generator<HeldDuplicateKey, void, undefined> {
    if (this.#aside.keys === 0) return
    const query = 'SELECT a, b, held FROM aside ORDER BY a = 0, n'
    for (const { a, b, held } of this.#database.prepare(query).iterate()) {
      yield { a: Number(a), b: Number(b), held: String(held) }
    }
  }

  counts(): CompareCounts {
    const a = this.#read.a - this.#aside.a
    const b = this.#read.b - this.#aside.b
    const same = this.#same
    if (!this.#isKeyed) return { a, b, same, added: b - same, removed: a - same, changed: 0 }
    const changed = this.#changed
    const [added, removed] = [b - same - changed, a - same - changed]
    return { ...this.#read, same, added, removed, changed }
  }

  /** What only `a` has or `b` holds otherwise, in the order of `a`. */
  *ofA(): Generator<HeldDifference & { readonly a: Held }, void, undefined> {
    for (const row of this.#database.prepare(this.#isKeyed ? OF_A_KEYED : OF_A).iterate()) {
      const { place, held, placeOfB, heldOfB } = row
      const a = { place: placeIn(place), held: String(held) }
      const b = heldOfB === null ? undefined : { place: placeIn(placeOfB), held: String(heldOfB) }
      yield { a, b }
    }
  }

  *onlyInB(): Generator<Held, void, undefined> {
    for (const row of this.#database.prepare(this.#isKeyed ? ONLY_B_KEYED : ONLY_B).iterate()) {
      yield { place: placeIn(row.place), held: String(row.held) }
    }
  }

  /** The places of the records of `b` that are equal to one that only `a` has; none with a key. */
  *equalToRemoved(): Generator<string | number, void, undefined> {
    if (this.#isKeyed) return
    for (const { place } of this.#database.prepare(EQUAL_TO_REMOVED).iterate()) {
      yield placeIn(place)
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

const ASIDE_COUNTS = `
  SELECT count(*) AS keys, coalesce(sum(a), 0) AS a, coalesce(sum(b), 0) AS b,
    coalesce(sum(same), 0) AS same, coalesce(sum(iif(a > 0, b - same, 0)), 0) AS changed FROM aside
`

const OF_A_KEYED = `
  SELECT a.place, a.held, b.place AS placeOfB, b.held AS heldOfB
  FROM a LEFT JOIN b ON b.key = a.key
  WHERE b.n IS NULL OR b.held IS NOT NULL ORDER BY a.n
`

const ONLY_B_KEYED = `
  SELECT place, held FROM b
  WHERE held IS NOT NULL AND key NOT IN (SELECT key FROM a) ORDER BY n
`

const OF_A = `
  SELECT place, held, NULL AS placeOfB, NULL AS heldOfB FROM (
    SELECT a.*, untaken.count AS untaken, row_number() OVER (PARTITION BY a.key ORDER BY n DESC) AS nth
    FROM untaken JOIN a ON a.key = untaken.key WHERE untaken.count > 0
  ) WHERE nth <= untaken ORDER BY n
`

const ONLY_B = 'SELECT place, held FROM b WHERE held IS NOT NULL ORDER BY n'

const EQUAL_TO_REMOVED = `
  SELECT place FROM b WHERE held IS NULL AND key IN (SELECT key FROM untaken WHERE count > 0)
`

function placeIn(value: SQLInputValue | undefined): string | number {
  return typeof value === 'string' ? value : Number(value)
}
