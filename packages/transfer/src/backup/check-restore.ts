/** Checks a restore without writing. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import type { CheckReport } from '../import/index.ts'
import { contextOf } from './part-context.ts'
import { checkPart } from './restore-part.ts'
import type { RestorePart, RestorePlan, RestoreRunOptions } from './restore-types.ts'

export interface CheckRestoreOptions extends RestoreRunOptions {
  readonly plan: RestorePlan
}

/** One table and what restoring it would do; without a plan where the backup has no records of it. */
export interface CheckedPart {
  readonly part: RestorePart
  readonly problems: number
  readonly plan: CheckReport['plan'] | undefined
}

/** Reports what a restore would write and which records would be rejected, without writing. */
export async function checkRestorePlan(options: CheckRestoreOptions): Promise<CheckedPart[]> {
  const { client, plan } = options
  const { origin, teamId, botId } = client.connection
  const checked: CheckedPart[] = []
  for (const [index, part] of plan.parts.entries()) {
    const found = await checkPart(part, {
      ...contextOf(part, index, plan.parts.length, options),
      file: plan.file,
      outDir: '',
      acceptStored: undefined,
      connection: { origin, teamId, botId },
      onBegin: () => undefined,
    })
    checked.push({ part, ...found })
  }
  return checked
}

/** @throws InvalidInputError if records would be deleted although some of the backup cannot be written */
export async function refuseLosses(options: CheckRestoreOptions): Promise<void> {
  const replaced = options.plan.parts.filter(({ mode, before }) => mode === 'replace' && before > 0)
  if (replaced.length === 0) return
  const plan = { ...options.plan, parts: replaced }
  for (const { part, problems } of await checkRestorePlan({ ...options, plan })) {
    if (problems === 0) continue
    const { table, version } = part.from
    const situation: TransferSituation = { code: 'BACKUP_NOT_WRITABLE' }
    throw new InvalidInputError(
      `${problems} records of "${table}" (${version}) cannot be written; nothing was deleted`,
      { hint: 'Check the restore without writing: it lists them.', situation },
    )
  }
}
