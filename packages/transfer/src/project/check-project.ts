/** What the form of a project cannot say: values that exclude each other, and secrets. */
import { InvalidInputError, parseTableReference } from '@chatlayer-tables/core'
import { listOf } from './build-project.ts'
import { placeOf } from './explain-issues.ts'
import type { ProjectProblem } from './project-error.ts'
import type { ProjectData, SourceData, SyncData } from './project-schema.ts'
import { isLiteralHeader, isLiteralParameter, secretInAddress } from './secrets.ts'
import { type Tree, treeAt } from './yaml-tree.ts'

type Report = (path: readonly string[], message: string, hint?: string) => void

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is how a reference is written
const SECRET_HINT = 'Write a reference to the environment, such as ${SHOP_TOKEN}.'

/** @param raw the tree with references as they are written */
export function checkProject(data: ProjectData, tree: Tree, raw: Tree): ProjectProblem[] {
  const problems: ProjectProblem[] = []
  const report: Report = (path, message, hint) => {
    problems.push({ place: placeOf(tree, path), message, hint })
  }
  const targets = new Map<string, string>()
  for (const [name, sync] of Object.entries(data.syncs ?? {})) {
    checkSync(['syncs', name], sync, report, raw)
    const target = sync.to.toLowerCase()
    const other = targets.get(target)
    if (other !== undefined) {
      const message = `the sync "${other}" writes to ${sync.to} as well`
      report(
        ['syncs', name, 'to'],
        message,
        'Two syncs must not write to the same table and version.',
      )
    }
    targets.set(target, name)
  }
  for (const section of ['schema', 'checks'] as const) {
    const tables = data[section]
    if (typeof tables !== 'object') continue
    for (const table of Object.keys(tables)) checkReference([section, table], table, report)
  }
  checkHook(data.on_failure, report, raw)
  if (data.state !== undefined) checkAddress(['state'], report, raw)
  if (data.timezone !== undefined && data.schedule === undefined) {
    report(['timezone'], '"timezone" has no meaning without schedule')
  }
  return problems
}

function checkSync(path: readonly string[], sync: SyncData, report: Report, raw: Tree): void {
  checkSource([...path, 'from'], sync.from, report, raw)
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(sync.to) || /^sqlite:/i.test(sync.to)
  if (isAddress) {
    const hint = 'A table is written to a database by an export.'
    report([...path, 'to'], 'must be a table of a bot', hint)
  } else {
    checkReference([...path, 'to'], sync.to, report)
  }
  if (sync.from === sync.to) report([...path, 'from'], 'the source and the target are the same')
  const key = listOf(sync.key) ?? []
  const ignore = listOf(sync.ignore) ?? []
  for (const name of key) {
    if (ignore.includes(name)) report([...path, 'ignore'], `"${name}" is in the key`)
  }
  if (new Set(key).size < key.length) report([...path, 'key'], 'a column is named twice')
  checkColumns(path, sync, report)
}

function checkColumns(path: readonly string[], sync: SyncData, report: Report): void {
  const filled = new Set<string>()
  for (const [source, column] of Object.entries(sync.columns ?? {})) {
    if (column === null) continue
    if (filled.has(column)) {
      report([...path, 'columns', source], `another column of the source is "${column}" already`)
    }
    filled.add(column)
  }
  for (const column of Object.keys(sync.transform ?? {})) {
    if (!filled.has(column)) continue
    const hint = "Remove one of them; the expression can use the source's column by its own name."
    report([...path, 'transform', column], `"${column}" is filled by columns as well`, hint)
  }
}

const HTTP_KEYS = [
  ...['headers', 'parameters', 'secret_header', 'rows', 'paging', 'other_origins'],
  ...['allow_http', 'max_pages'],
] as const

const FILE_KEYS = [
  ...['format', 'sheet', 'encoding', 'delimiter', 'decimal', 'date_format'],
  ...['null', 'true', 'false'],
] as const

function checkSource(
  path: readonly string[],
  from: string | SourceData,
  report: Report,
  raw: Tree,
): void {
  if (typeof from === 'string') {
    checkAddress(path, report, raw)
    return
  }
  const kinds = (['file', 'table', 'url'] as const).filter((kind) => from[kind] !== undefined)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    report(path, 'must have exactly one of file, table and url')
    return
  }
  if (kind === 'table') checkReference([...path, 'table'], from.table ?? '', report)
  const unused = kind === 'url' ? [] : ['query' as const, ...HTTP_KEYS]
  for (const name of kind === 'table' ? [...unused, ...FILE_KEYS] : unused) {
    if (from[name] !== undefined) {
      report([...path, name], `"${name}" has no meaning for a ${kind}`)
    }
  }
  checkAddress([...path, kind], report, raw)
  for (const [section, isSecret] of [
    ['headers', isLiteralHeader],
    ['parameters', isLiteralParameter],
  ] as const) {
    for (const name of Object.keys(from[section] ?? {})) {
      const at = [...path, section, name]
      if (isSecret(name, textAt(raw, at)))
        report(at, `"${name}" must not be written here`, SECRET_HINT)
    }
  }
}

function checkAddress(path: readonly string[], report: Report, raw: Tree): void {
  const secret = secretInAddress(textAt(raw, path))
  if (secret === undefined) return
  const message =
    secret === 'password'
      ? 'the address contains a password'
      : `the parameter "${secret}" of the address must not be written here`
  const hint =
    'Set the password in the environment (PGPASSWORD, MYSQL_PWD), or save the connection.'
  report(path, message, secret === 'password' ? hint : SECRET_HINT)
}

function checkReference(path: readonly string[], text: string, report: Report): void {
  try {
    parseTableReference(text)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    report(path, error.message, error.hint)
  }
}

function checkHook(hook: ProjectData['on_failure'], report: Report, raw: Tree): void {
  if (hook === undefined || typeof hook === 'string') return
  if ((hook.command === undefined) === (hook.webhook === undefined)) {
    report(['on_failure'], 'must have exactly one of command and webhook')
  }
  if (hook.command !== undefined && hook.headers !== undefined) {
    report(['on_failure', 'headers'], '"headers" has no meaning for a command')
  }
  for (const name of Object.keys(hook.headers ?? {})) {
    const at = ['on_failure', 'headers', name]
    if (isLiteralHeader(name, textAt(raw, at))) {
      report(at, `"${name}" must not be written here`, SECRET_HINT)
    }
  }
}

function textAt(tree: Tree, path: readonly string[]): string {
  const value = treeAt(tree, path)?.value
  return value?.kind === 'scalar' ? String(value.value) : ''
}
