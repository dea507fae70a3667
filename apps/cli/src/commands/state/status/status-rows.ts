/** What `clt state status` shows, as lines of text. */
import type {
  PaceGroupStatus,
  SchemaState,
  StateContents,
  StateStatus,
} from '@chatlayer-tables/state/postgres'
import { formatBytes, formatCount } from '../../../output/progress.ts'

type Line = [what: string, is: string]

export function localRows(place: string, by: string): Line[] {
  return [
    ['state', 'this machine alone'],
    ['set by', by],
    ['folder', place],
  ]
}

export function statusRows(
  { place, server, schema, clockAheadMs, contents }: StateStatus,
  by: string,
): Line[] {
  return [
    ['state', place],
    ['set by', by],
    ['server', `PostgreSQL ${server}`],
    ['role', schema.role],
    ['schema', schemaText(schema)],
    ['clock', clockText(clockAheadMs)],
    ...(contents === undefined ? [] : contentRows(contents)),
  ]
}

/** What has to be done before the state can be used. */
export function nextStep({ schema, contents }: StateStatus): string | undefined {
  switch (schema.status) {
    case 'missing':
      return 'create the tables: clt state migrate'
    case 'older':
      return 'bring the tables up to date: clt state migrate'
    case 'newer':
      return 'install the newer release that has migrated this database'
    case 'current':
      if (contents === undefined || contents.denied.length === 0) return undefined
      return `grant the role its rights, connected as ${schema.owner}: clt state grant ${schema.role}`
  }
}

function contentRows({ denied, sessions, sizes, oldestOpen, pace }: StateContents): Line[] {
  if (denied.length > 0) return [['no rights to', denied.join(', ')]]
  const lines = sessions.map((session): Line => {
    const { host, program, principal, pid, begun, isLive, locks } = session
    const who = principal === undefined ? '' : `, ${principal}`
    const held = locks === 0 ? '' : `, ${formatCount(locks)} ${locks === 1 ? 'lock' : 'locks'}`
    const lease = isLive ? '' : ', not heard of'
    return [
      'session',
      `${program} on ${host}${who}, process ${pid}, since ${timeText(begun)}${held}${lease}`,
    ]
  })
  if (lines.length === 0) lines.push(['sessions', 'none'])
  for (const { what, bytes } of sizes) lines.push([`size: ${what}`, formatBytes(bytes)])
  if (oldestOpen !== undefined) {
    const { changeSet, begun, isWritten } = oldestOpen
    const state = isWritten ? 'being written' : 'interrupted; the next write resolves its outcomes'
    lines.push(['oldest open', `change set ${changeSet}, since ${timeText(begun)}, ${state}`])
  }
  return [...lines, ...pace.map((group): Line => ['rate limit', paceText(group)])]
}

function schemaText({ status, pending, unknown, owner }: SchemaState): string {
  const by = owner === undefined ? '' : `, owned by ${owner}`
  switch (status) {
    case 'current':
      return `up to date${by}`
    case 'missing':
      return 'not created yet'
    case 'older':
      return `out of date${by}; missing: ${pending.join(', ')}`
    case 'newer':
      return `of a newer release${by}: ${unknown.join(', ')}`
  }
}

/** Differences below are within what two machines measure of each other. */
const MIN_SHOWN_MS = 1_000

export function clockText(aheadMs: number): string {
  const ms = Math.abs(aheadMs)
  if (ms < MIN_SHOWN_MS) return 'as on this machine'
  return `${(ms / 1_000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine, which does no harm`
}

function paceText({ token, clients, used, limit }: PaceGroupStatus): string {
  const most = limit === undefined ? '' : ` of ${limit.toFixed(0)}`
  const who = clients === 1 ? '1 process' : `${formatCount(clients)} processes`
  return `token ${token}: ${used.toFixed(0)}${most} requests a second, ${who}`
}

function timeText(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '')
}
