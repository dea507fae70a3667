/** A project: what `chatlayer.yaml` says. */
import type { Column } from '@chatlayer-tables/core'
import type { ReadingSettings } from '../rows/reading-settings.ts'

/** Where something is written in `chatlayer.yaml`, or in the file of an overlay. */
export interface ProjectPlace {
  /** The file's name, as it was passed. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  /** Such as `syncs.stores.key`. */
  readonly path: string
}

/** A project that is valid, with its overlay, and with all references to the environment replaced. */
export interface Project {
  /** The name of `chatlayer.yaml`, as it was passed. Paths in it are relative to its folder. */
  readonly file: string
  /** The overlay that was chosen. */
  readonly overlay: string | undefined
  readonly connection: ProjectConnection
  /** In the order of the file. */
  readonly syncs: readonly SyncSpec[]
  readonly schema: readonly TableSchema[]
  readonly checks: readonly TableChecks[]
  readonly onFailure: FailureHook | undefined
  /** The database that machines share: an address without password, or `connection:NAME`. */
  readonly state: string | undefined
  readonly schedule: ProjectSchedule | undefined
  /** Changes when the meaning of the project changes; the values of the environment are not part of it. */
  readonly digest: string
}

/** When workers apply a project. */
export interface ProjectSchedule {
  /** The five fields of cron. */
  readonly cron: string
  readonly timezone: string
  readonly place: ProjectPlace
}

/** The connection of tables that name no profile; what is absent comes from flags, environment and profile. */
export interface ProjectConnection {
  readonly profile?: string | undefined
  readonly region?: string | undefined
  readonly baseUrl?: string | undefined
  readonly team?: string | undefined
  readonly bot?: string | undefined
}

/**
 * A command to run, or an address to report to, when a run fails. References to the environment are
 * as they are written: `expandReferences` replaces those of a webhook and its headers, a shell those of
 * a command.
 */
export interface FailureHook {
  readonly command?: string | undefined
  readonly webhook?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly place: ProjectPlace
}

/** Where a sync reads from. */
export interface SourceSpec {
  /**
   * What it is: `any` for the short form, whose kind the text shows as it does for every command
   * (`data/stores.csv`, `stores@draft`, `postgres://…`).
   */
  readonly kind: 'any' | 'file' | 'table' | 'url'
  /** A path relative to the folder of `chatlayer.yaml`, `[profile:]table[@version]`, or an address. */
  readonly text: string
  /** The same as written, without values of the environment: the name until the source is opened. */
  readonly label: string
  /** An SQL query in place of the table in the address. */
  readonly query?: string | undefined
  /**
   * How an HTTP API is read. Headers and parameters keep their references to the environment, so that
   * no secret is in a project: the sources package replaces them.
   */
  readonly http: SourceHttp
  /** How a file is read. */
  readonly reading: Omit<ReadingSettings, 'map' | 'ignore'>
  readonly place: ProjectPlace
}

/** Settings of an HTTP API, with the names of the settings of the sources package. */
export interface SourceHttp {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly [setting: string]: unknown
}

/** One sync of `syncs`. */
export interface SyncSpec {
  readonly name: string
  readonly from: SourceSpec
  /** The table that is written, as `[profile:]table[@draft|@live]`. */
  readonly to: string
  readonly toPlace: ProjectPlace
  /** The key columns (default: whole records are compared). */
  readonly key: readonly string[] | undefined
  /** Columns of the table by the source's names for them; null for a column that is not taken. */
  readonly columns: Readonly<Record<string, string | null>>
  /** SQL expressions over the source's row, by the table's column. */
  readonly transform: Readonly<
    Record<string, { readonly sql: string; readonly place: ProjectPlace }>
  >
  /** An SQL condition over the source's row; other rows are not taken. */
  readonly where: { readonly sql: string; readonly place: ProjectPlace } | undefined
  /** Columns that are neither compared nor written. */
  readonly ignore: readonly string[]
  readonly delete: boolean
  readonly allowEmpty: boolean
  readonly acceptStored: boolean
  /** Whether the first rejected write stops the apply (default: the other writes of the sync are sent). */
  readonly stopOnError: boolean
  readonly limits: Limits
  readonly limitPlaces: Readonly<Partial<Record<LimitName, ProjectPlace>>>
  readonly place: ProjectPlace
}

/** What a limit counts; `changes` is all of them together. */
export const LIMIT_NAMES = ['changes', 'inserts', 'updates', 'deletes'] as const

export type LimitName = (typeof LIMIT_NAMES)[number]

/** A number of records, or a percentage of the records that the table has before. */
export type Limit = { readonly records: number } | { readonly percent: number }

export type Limits = Readonly<Partial<Record<LimitName, Limit>>>

/** The columns that a table is expected to have. */
export interface TableSchema {
  /** `[profile:]table[@version]`; the columns of a table are the same in both versions. */
  readonly table: string
  readonly columns: readonly (Column & { readonly place: ProjectPlace })[]
  readonly place: ProjectPlace
}

export interface TableChecks {
  /** `[profile:]table[@version]`. */
  readonly table: string
  readonly checks: readonly CheckSpec[]
}

export interface CheckSpec {
  /** An SQL condition, such as `count(*) > 100`. */
  readonly sql: string
  readonly place: ProjectPlace
}

export interface ParseOptions {
  /** The name of the file in messages. */
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The name of an overlay: of `overlays` in the file, and of `chatlayer.NAME.yaml` next to it. */
  readonly overlay?: string | undefined
  /**
   * Reads a file next to `chatlayer.yaml`: `chatlayer.NAME.yaml` of an overlay, and the file of
   * `schema`. Undefined where there is none.
   */
  readonly read?: ((path: string) => string | undefined) | undefined
  /**
   * Whether references to variables that are not set stay as they are written, for a project that
   * another machine will apply (default: they are problems).
   */
  readonly keepMissing?: boolean | undefined
}
