/** Options of files and of databases exclude each other. */
import { UsageError } from '../../failures.ts'
import type { Options } from './definition.ts'

type OptionName = keyof Options

const FILE_ONLY: Partial<Record<OptionName, string>> = {
  output: '--output',
  format: '--format',
  withMeta: '--with-meta',
  delimiter: '--delimiter',
  bom: '--bom',
  safeFormulas: '--safe-formulas',
  excel: '--excel',
  sort: '--sort',
}

const DATABASE_ONLY: Partial<Record<OptionName, string>> = {
  delete: '--delete',
  since: '--since',
  append: '--append',
  addColumns: '--add-columns',
  allowEmpty: '--allow-empty',
  dryRun: '--dry-run',
}

/** @throws UsageError for options that have no meaning for this target, or contradict each other */
export function checkTarget(options: Options): void {
  const isDatabase = options.to !== undefined
  const wrong = passed(options, isDatabase ? FILE_ONLY : DATABASE_ONLY)
  if (wrong !== undefined && !isDatabase) {
    throw new UsageError(`${wrong} needs --to`, 'It is for exports to a database.')
  }
  if (wrong !== undefined) {
    throw new UsageError(
      `${wrong} cannot be combined with --to`,
      wrong === '--sort'
        ? 'Rows of a database have no order; sort when you read them.'
        : 'It is for exports to a file.',
    )
  }
  if (options.append && options.delete) {
    throw new UsageError('--append changes no row, so --delete contradicts it')
  }
  const part = passed(options, { where: '--where', filter: '--filter', limit: '--limit' })
  if (part === undefined) return
  if (options.delete) {
    throw new UsageError(
      `--delete cannot be combined with ${part}: it would delete rows whose record was not selected`,
      'Omit --delete, or export the whole table.',
    )
  }
  if (options.since !== undefined) {
    throw new UsageError(
      `--since cannot be combined with ${part}: changes of selected records cannot be determined`,
      `Omit --since, or export the whole table.`,
    )
  }
}

/** The first of these options that was passed. */
function passed(options: Options, names: Partial<Record<OptionName, string>>): string | undefined {
  const found = Object.entries(names).find(([name]) => {
    const value = options[name as OptionName]
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
  })
  return found?.[1]
}
