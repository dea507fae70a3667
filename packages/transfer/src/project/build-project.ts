/** A valid project as the program uses it. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { placeOf } from './explain-issues.ts'
import type { ProjectData, SourceData, SyncData } from './project-schema.ts'
import {
  type FailureHook,
  LIMIT_NAMES,
  type Limit,
  type Limits,
  type Project,
  type SourceHttp,
  type SourceSpec,
  type SyncSpec,
  type TableChecks,
  type TableSchema,
} from './project-types.ts'
import { type Tree, treeAt } from './yaml-tree.ts'

type Built = Omit<Project, 'file' | 'overlay' | 'digest'>

/** @param raw the tree with references as they are written */
export function buildProject(data: ProjectData, tree: Tree, raw: Tree): Built {
  const { profile, region, base_url: baseUrl, team, bot } = data.connection ?? {}
  return {
    connection: { profile, region, baseUrl, team, bot },
    syncs: Object.entries(data.syncs ?? {}).map(([name, sync]) => syncOf(name, sync, tree, raw)),
    schema: schemaOf(data.schema, tree),
    checks: checksOf(data.checks ?? {}, tree),
    onFailure: hookOf(data.on_failure, tree),
    state: data.state,
    schedule:
      data.schedule === undefined
        ? undefined
        : {
            ...{ cron: data.schedule.trim(), timezone: data.timezone ?? 'UTC' },
            place: placeOf(tree, ['schedule']),
          },
  }
}

/** One text, or several. */
export function listOf(
  texts: string | readonly string[] | undefined,
): readonly string[] | undefined {
  return typeof texts === 'string' ? [texts] : texts
}

function syncOf(name: string, sync: SyncData, tree: Tree, raw: Tree): SyncSpec {
  const path = ['syncs', name]
  return {
    name,
    from: sourceOf([...path, 'from'], sync.from, tree, raw),
    to: sync.to,
    toPlace: placeOf(tree, [...path, 'to']),
    key: listOf(sync.key),
    columns: sync.columns ?? {},
    transform: Object.fromEntries(
      Object.entries(sync.transform ?? {}).map(([column, sql]) => [
        column,
        { sql, place: placeOf(tree, [...path, 'transform', column]) },
      ]),
    ),
    where:
      sync.where === undefined
        ? undefined
        : { sql: sync.where, place: placeOf(tree, [...path, 'where']) },
    ignore: listOf(sync.ignore) ?? [],
    delete: isOn(sync.delete),
    allowEmpty: isOn(sync.allow_empty),
    acceptStored: isOn(sync.accept_stored),
    stopOnError: sync.on_error === 'stop',
    limits: limitsOf(sync.limits ?? {}),
    limitPlaces: Object.fromEntries(
      LIMIT_NAMES.map((limit) => [limit, placeOf(tree, [...path, 'limits', limit])]),
    ),
    place: placeOf(tree, path),
  }
}

function sourceOf(
  path: readonly string[],
  from: string | SourceData,
  tree: Tree,
  raw: Tree,
): SourceSpec {
  const place = placeOf(tree, path)
  if (typeof from === 'string') {
    const label = textAt(raw, path) ?? from
    return { kind: 'any', text: from, label, http: {}, reading: {}, place }
  }
  const kind = from.file !== undefined ? 'file' : from.table !== undefined ? 'table' : 'url'
  const text = from[kind] ?? ''
  return {
    kind,
    text,
    label: textAt(raw, [...path, kind]) ?? text,
    query: from.query,
    http: httpOf(from),
    reading: readingOf(from),
    place,
  }
}

function readingOf(from: SourceData): SourceSpec['reading'] {
  const { format, sheet, encoding, delimiter, decimal } = from
  return withoutUndefined({
    ...{ format, sheet, encoding, decimal },
    // Hard to type, and easy to write.
    delimiter: delimiter === '\\t' ? '\t' : delimiter,
    dateFormat: from.date_format,
    nullText: from.null,
    trueTexts: listOf(from.true),
    falseTexts: listOf(from.false),
  })
}

function httpOf(from: SourceData): SourceHttp {
  const { headers, parameters, rows, paging, format } = from
  const isApi = /^https?:/i.test(from.url ?? '') || rows !== undefined || paging !== undefined
  return withoutUndefined({
    ...{ headers, parameters, rows },
    format: isApi ? format : undefined,
    secretHeader: from.secret_header,
    otherOrigins: listOf(from.other_origins),
    allowHttp: from.allow_http === undefined ? undefined : isOn(from.allow_http),
    maxPages: numberOf(from.max_pages),
    paging: paging && pagingOf(paging),
  })
}

function pagingOf(paging: NonNullable<SourceData['paging']>): object {
  const { style, at, parameter, more, total } = paging
  return withoutUndefined({
    ...{ style, at, parameter, more, total },
    lastRow: paging.last_row,
    start: numberOf(paging.start),
    size: numberOf(paging.size),
    sizeParameter: paging.size_parameter,
    totalPages: paging.total_pages,
    endStatus: numberOf(paging.end_status),
  })
}

function withoutUndefined<T extends object>(settings: T): T {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as T
}

function isOn(flag: boolean | 'true' | 'false' | undefined): boolean {
  return flag === true || flag === 'true'
}

function numberOf(count: number | string | undefined): number | undefined {
  return count === undefined ? undefined : Number(count)
}

function limitsOf(limits: NonNullable<SyncData['limits']>): Limits {
  const set = LIMIT_NAMES.flatMap((name) => {
    const limit = limits[name]
    return limit === undefined ? [] : [[name, limitOf(limit)] as const]
  })
  return Object.fromEntries(set)
}

function limitOf(limit: number | string): Limit {
  const [, percent] = /^(.*?)\s?%$/.exec(String(limit)) ?? []
  return percent === undefined ? { records: Number(limit) } : { percent: Number(percent) }
}

function schemaOf(schema: ProjectData['schema'], tree: Tree): TableSchema[] {
  if (typeof schema !== 'object') return []
  return Object.entries(schema).map(([table, columns]) => ({
    table,
    columns: Object.entries(columns).map(([name, type]) => ({
      name,
      type: columnTypeOf(type) ?? type,
      place: placeOf(tree, ['schema', table, name]),
    })),
    place: placeOf(tree, ['schema', table]),
  }))
}

function checksOf(checks: NonNullable<ProjectData['checks']>, tree: Tree): TableChecks[] {
  return Object.entries(checks).map(([table, written]) => {
    const isList = typeof written !== 'string'
    const checks = (listOf(written) ?? []).map((sql, index) => ({
      sql,
      place: placeOf(tree, ['checks', table, ...(isList ? [String(index)] : [])]),
    }))
    return { table, checks }
  })
}

function hookOf(hook: ProjectData['on_failure'], tree: Tree): FailureHook | undefined {
  if (hook === undefined) return undefined
  const place = placeOf(tree, ['on_failure'])
  return typeof hook === 'string' ? { command: hook, place } : { ...hook, place }
}

function textAt(tree: Tree, path: readonly string[]): string | undefined {
  const value = treeAt(tree, path)?.value
  return value?.kind === 'scalar' ? String(value.value) : undefined
}
