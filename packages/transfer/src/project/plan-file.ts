/** A plan that is kept, so that exactly what was reviewed is applied. */
import { InvalidInputError } from '@chatlayer-tables/core'
import * as z from 'zod'
import { identityOf } from './open-project.ts'
import { PlanAgedError } from './plan-errors.ts'
import type { Allowance, PlanFile, ProjectPlan } from './plan-types.ts'
import { LIMIT_NAMES } from './project-types.ts'

/** What is kept of a plan. It contains no values of records, and no secret. */
export function planFileOf({ format, createdAt, project, syncs }: ProjectPlan): PlanFile {
  return {
    kind: 'chatlayer-plan',
    ...{ format, createdAt, project },
    syncs: syncs.map(({ name, from, to, table, counts, digests }) => {
      return { name, from, to, table, counts, digests }
    }),
  }
}

const count = z.int().min(0)
const digest = z.string().regex(/^[\da-f]{64}$/)

const PLAN_FILE = z.object({
  kind: z.literal('chatlayer-plan'),
  format: z.literal(1),
  createdAt: z.iso.datetime(),
  project: z.object({
    file: z.string(),
    overlay: z.string().optional(),
    digest,
    only: z.array(z.string()).optional(),
  }),
  syncs: z.array(
    z.object({
      name: z.string(),
      from: z.string(),
      to: z.string(),
      table: z.object({
        connection: z.object({ origin: z.string(), teamId: z.string(), botId: z.string() }),
        id: z.string(),
        name: z.string(),
        version: z.enum(['DRAFT', 'LIVE']),
      }),
      counts: z.object({
        inserts: count,
        updates: count,
        deletes: count,
        extra: count,
        same: count,
      }),
      digests: z.object({ source: digest, table: digest, writes: digest }),
    }),
  ),
})

/**
 * Reads a kept plan.
 *
 * @param file its name in messages
 * @throws InvalidInputError for a text that is not a plan, or one of another release
 */
export function parsePlanFile(text: string, file: string): PlanFile {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    throw new InvalidInputError(`${file} is not a plan: it is not JSON`, { field: 'plan' })
  }
  const { success, data: plan, error } = PLAN_FILE.safeParse(data)
  if (success) return plan
  const isPlan =
    typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'chatlayer-plan'
  const isOther =
    isPlan && 'format' in (data as object) && (data as { format: unknown }).format !== 1
  if (isOther) {
    throw new InvalidInputError(`${file} is a plan of another release`, {
      field: 'plan',
      hint: 'Make a new plan with this release.',
    })
  }
  const at = error.issues[0]?.path.join('.')
  throw new InvalidInputError(`${file} is not a plan${isPlan ? `: "${at}" is not valid` : ''}`, {
    field: 'plan',
    hint: 'A plan is the JSON file that a plan of a project was saved to.',
  })
}

/** Default age after which a plan is refused. */
const MAX_AGE_MS = 24 * 60 * 60 * 1_000

/** @throws PlanAgedError, before anything is read, for an old plan and for one of another project */
export function checkPlanProject(
  file: PlanFile,
  project: { readonly digest: string; readonly overlay: string | undefined },
  { maxAgeMs = MAX_AGE_MS, now = Date.now() }: { maxAgeMs?: number | undefined; now?: number } = {},
): void {
  if (file.project.overlay !== project.overlay) {
    const name = (overlay: string | undefined) =>
      overlay === undefined ? 'no overlay' : `the overlay "${overlay}"`
    const words = `the plan is for ${name(file.project.overlay)}, not for ${name(project.overlay)}`
    throw new PlanAgedError(words, ['the overlay'])
  }
  if (file.project.digest !== project.digest) {
    const what = file.project.file
    throw new PlanAgedError(`${what} has changed since the plan was made`, [what])
  }
  const age = now - Date.parse(file.createdAt)
  if (age > maxAgeMs) {
    const words = `the plan was made at ${file.createdAt}, which is longer ago than allowed`
    throw new PlanAgedError(words, ['the age of the plan'])
  }
}

/** @throws PlanAgedError naming what is not as it was when the plan was made */
export function checkSamePlan(file: PlanFile, now: ProjectPlan): void {
  const changed: string[] = []
  const names = (syncs: PlanFile['syncs']): string => syncs.map(({ name }) => name).join(', ')
  const current = planFileOf(now).syncs
  if (names(file.syncs) !== names(current)) {
    changed.push(`the syncs (${names(file.syncs)} then, ${names(current)} now)`)
  }
  for (const sync of current) {
    const before = file.syncs.find(({ name }) => name === sync.name)
    if (before === undefined) continue
    const about = `(sync "${sync.name}")`
    if (tableOf(before) !== tableOf(sync)) {
      changed.push(`the table that ${sync.to} is ${about}`)
      continue
    }
    const isSource = before.digests.source !== sync.digests.source
    const isTable = before.digests.table !== sync.digests.table
    if (isSource) changed.push(`the source ${sync.from} ${about}`)
    if (isTable) changed.push(`the table ${sync.to} ${about}`)
    if (!isSource && !isTable && before.digests.writes !== sync.digests.writes) {
      changed.push(`what would be written to ${sync.to} ${about}`)
    }
  }
  if (changed.length === 0) return
  throw new PlanAgedError(
    `nothing was written: since the plan was made, these have changed: ${changed.join('; ')}`,
    changed,
  )
}

function tableOf({ table }: PlanFile['syncs'][number]): string {
  return identityOf(table.connection, table, table.version)
}

/**
 * Reads a limit that is set for one run: `stores:deletes=50`.
 *
 * @throws InvalidInputError
 */
export function parseAllowance(text: string): Allowance {
  const [, sync, name, records] = /^(.+):(\w+)=(\d{1,15})$/.exec(text) ?? []
  const limit = LIMIT_NAMES.find((each) => each === name)
  if (sync === undefined || limit === undefined) {
    throw new InvalidInputError(`"${text}" does not set a limit`, {
      field: 'allow',
      hint: `Write SYNC:LIMIT=NUMBER, such as stores:deletes=50. Limits: ${LIMIT_NAMES.join(', ')}.`,
    })
  }
  return { sync, limit, records: Number(records) }
}
