/** The statements that write a staged reading to a table, for each database. Pure. */
import type { PlannedColumn } from './existing-table.ts'
import type { TargetKind } from './holders.ts'

/** Where the records of a reading are kept until they are merged: a temporary table of the session. */
const STAGE = 'chatlayer_tables_stage'
/** The table with the state of the last run of each exported table. */
export const RUNS_TABLE = 'chatlayer_tables_runs'

/** The position of a row in the stage, once it is numbered. */
const POSITION = 'chatlayer_tables_position'

interface Syntax {
  readonly quote: (name: string) => string
  /** Whether two values of a column differ, in letter case, trailing spaces and digits too. */
  readonly differs: (column: PlannedColumn, a: string, b: string) => string
  /** What follows the type of a column that is created. */
  readonly constraint?: (column: PlannedColumn, quotedName: string) => string
  /** The staging table as statements name it. */
  readonly stage: string
  /** `create table` is part of a transaction. */
  readonly hasTransactionalDdl: boolean
}

const doubled = (mark: string) => (name: string) =>
  `${mark}${name.replaceAll(mark, mark + mark)}${mark}`

const SYNTAX: Readonly<Record<TargetKind, Syntax>> = {
  postgres: {
    quote: doubled('"'),
    // Texts by bytes, whatever the collation; numeric and JSON with all digits.
    differs: ({ holder }, a, b) =>
      ['text', 'decimal', 'json'].includes(holder.holds)
        ? `${a}::text collate "C" is distinct from ${b}::text collate "C"`
        : `${a} is distinct from ${b}`,
    stage: `pg_temp.${STAGE}`,
    hasTransactionalDdl: true,
  },
  mysql: {
    quote: doubled('`'),
    differs: ({ holder }, a, b) =>
      ['text', 'json', 'uuid'].includes(holder.holds)
        ? `not (cast(${a} as binary) <=> cast(${b} as binary))`
        : `not (${a} <=> ${b})`,
    // By which it is read as JSON again: its own type of JSON does not keep all numbers.
    constraint: ({ holder }, name) =>
      holder.holds === 'json' ? ` check (json_valid(${name}))` : '',
    stage: STAGE,
    hasTransactionalDdl: false,
  },
  sqlite: {
    quote: doubled('"'),
    differs: (_, a, b) => `(${a} collate binary) is not (${b} collate binary)`,
    stage: `temp.${STAGE}`,
    hasTransactionalDdl: true,
  },
}

/** The table that is written, quoted with its schema. */
export interface WrittenTable {
  readonly kind: TargetKind
  readonly quoted: string
  /** The quoted name of the table with the state of runs, in the same schema. */
  readonly runs: string
  /** Identifies the table in it. */
  readonly key: string
}

export class Statements {
  readonly #table: WrittenTable
  readonly #columns: readonly PlannedColumn[]
  readonly #syntax: Syntax
  readonly #names: readonly string[]
  /** The staged rows that are merged. */
  readonly #rows: string

  constructor(table: WrittenTable, columns: readonly PlannedColumn[], rows?: string) {
    this.#table = table
    this.#columns = columns
    this.#syntax = SYNTAX[table.kind]
    this.#names = columns.map(({ name }) => this.#syntax.quote(name))
    this.#rows = rows ?? this.#syntax.stage
  }

  get stage(): string {
    return this.#syntax.stage
  }

  get hasTransactionalDdl(): boolean {
    return this.#syntax.hasTransactionalDdl
  }

  /** @param withKey whether `id` is the primary key */
  createTable(withKey: boolean): string {
    const columns = this.#columns.map((column, index) => {
      const key = index === 0 && withKey ? ' not null primary key' : ''
      return `${this.#definition(column)}${key}`
    })
    const engine = this.#table.kind === 'mysql' ? ' engine = InnoDB' : ''
    return `create table ${this.#table.quoted} (${columns.join(', ')})${engine}`
  }

  /** Makes `id` the primary key of a table without one. */
  addKey(): string {
    return `alter table ${this.#table.quoted} add primary key (${this.#names[0]})`
  }

  addColumns(added: readonly PlannedColumn[]): string[] {
    return added.map(
      (column) => `alter table ${this.#table.quoted} add column ${this.#definition(column)}`,
    )
  }

  #definition(column: PlannedColumn): string {
    const { quote, constraint } = this.#syntax
    const name = quote(column.name)
    return `${name} ${column.declared}${constraint?.(column, name) ?? ''}`
  }

  createStage(): string {
    const isTyped = this.#table.kind !== 'sqlite'
    const columns = this.#columns.map(({ declared }, index) =>
      isTyped ? `${this.#names[index]} ${declared}` : this.#names[index],
    )
    return `create temporary table ${STAGE} (${columns.join(', ')})`
  }

  dropStage(): string {
    const temporary = this.#table.kind === 'mysql' ? 'temporary ' : ''
    return `drop ${temporary}table if exists ${this.#syntax.stage}`
  }

  /** After the stage was filled, before it is read. */
  prepareStage(): string {
    switch (this.#table.kind) {
      case 'postgres':
        return `analyze ${this.stage}`
      case 'mysql':
        return `alter table ${this.stage} add primary key (${this.#names[0]})`
      case 'sqlite':
        return `create unique index temp.${STAGE}_id on ${STAGE} (${this.#names[0]})`
    }
  }

  /** Gives each staged row a position, from 1. */
  numberStage(): string[] {
    switch (this.#table.kind) {
      case 'postgres':
        return [
          `alter table ${this.stage} add column ${POSITION} bigint generated always as identity`,
        ]
      case 'mysql':
        return [
          `alter table ${this.stage} add column ${POSITION} bigint not null auto_increment unique`,
        ]
      case 'sqlite':
        return []
    }
  }

  get #position(): string {
    return this.#table.kind === 'sqlite' ? '_rowid_' : POSITION
  }

  /** Statements that merge only the staged rows after a position up to another. */
  part(from: number, to: number): Statements {
    const rows = `(select * from ${this.stage} where ${this.#position} > ${from} and ${this.#position} <= ${to})`
    return new Statements(this.#table, this.#columns, rows)
  }

  stagedId(position: number): string {
    return `select ${this.#names[0]} from ${this.stage} where ${this.#position} = ${position}`
  }

  /** Checks constraints that are checked at the end of a transaction otherwise. */
  checkNow(): string | undefined {
    return this.#table.kind === 'postgres' ? 'set constraints all immediate' : undefined
  }

  /** `insert into` the stage, up to its values. */
  insertStage(): string {
    return `insert into ${this.stage} (${this.#names.join(', ')}) values `
  }

  /** Rows whose record is gone. */
  countDeleted(): string {
    return `select count(*) as n from ${this.#table.quoted} where ${this.#isGone()}`
  }

  delete(): string {
    return `delete from ${this.#table.quoted} where ${this.#isGone()}`
  }

  #isGone(): string {
    return `not exists (select 1 from ${this.stage} s where ${this.#same('s', this.#table.quoted)})`
  }

  /** Changes rows that differ from their record; undefined when there is nothing but the id. */
  update(): string | undefined {
    const { quoted, kind } = this.#table
    const pairs = this.#columns.slice(1).map((column, index) => {
      const name = this.#names[index + 1] ?? ''
      return { name, differs: this.#syntax.differs(column, `t.${name}`, `s.${name}`) }
    })
    if (pairs.length === 0) return undefined
    const where = pairs.map(({ differs }) => differs).join(' or ')
    if (kind === 'mysql') {
      const sets = pairs.map(({ name }) => `t.${name} = s.${name}`).join(', ')
      return `update ${quoted} t join ${this.#rows} s on ${this.#same('s', 't')} set ${sets} where ${where}`
    }
    const sets = pairs.map(({ name }) => `${name} = s.${name}`).join(', ')
    return `update ${quoted} as t set ${sets} from ${this.#rows} as s where ${this.#same('s', 't')} and (${where})`
  }

  /**
   * Adds the records that have no row.
   *
   * @param all also those that have one
   */
  insert(all: 'new' | 'all' | 'new versions'): string {
    const { quoted } = this.#table
    const columns = this.#names.join(', ')
    const from = `insert into ${quoted} (${columns}) select ${columns} from ${this.#rows} s`
    if (all === 'all') return from
    const updated = this.#columns.findIndex(
      ({ source }) => 'field' in source && source.field === 'updatedAt',
    )
    const name = this.#names[updated]
    const version = all === 'new' ? '' : ` and t.${name} = s.${name}`
    return `${from} where not exists (select 1 from ${quoted} t where ${this.#same('s', 't')}${version})`
  }

  #same(a: string, b: string): string {
    return `${a}.${this.#names[0]} = ${b}.${this.#names[0]}`
  }
}

/** The number of rows and the latest date of the target, to see whether anything else has written it. */
export function factsStatement({ quoted, kind }: WrittenTable, updatedAt: string): string {
  const name = SYNTAX[kind].quote(updatedAt)
  return `select count(*) as n, max(${name}) as latest from ${quoted}`
}

/** @param place of the instant, in the form of the database */
export function countSinceStatement(
  { quoted, kind }: WrittenTable,
  updatedAt: string,
  place: string,
): string {
  return `select count(*) as n from ${quoted} where ${SYNTAX[kind].quote(updatedAt)} >= ${place}`
}

export function quoteFor(kind: TargetKind): (name: string) => string {
  return SYNTAX[kind].quote
}
