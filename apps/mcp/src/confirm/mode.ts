import {
  CONFIRM_MODES,
  type ConfirmMode,
  GUARDED_KINDS,
  type GuardedKind,
  type Settings,
} from '../settings.ts'
import type { WriteSize } from './planned-write.ts'

export interface Mode {
  readonly mode: ConfirmMode
  readonly kinds: readonly GuardedKind[]
}

/**
 * The strictest mode that applies to a write, and the kinds that it applies for.
 *
 * @param recent records that the caller wrote recently without a confirmation
 */
export function modeOf(
  { confirm, bulkThreshold }: Pick<Settings, 'confirm' | 'bulkThreshold'>,
  { count, deletes, table }: WriteSize,
  recent: number,
): Mode {
  const is: Record<GuardedKind, boolean> = {
    bulk: count + recent > bulkThreshold,
    live: table.version === 'LIVE',
    delete: deletes,
  }
  const kinds = GUARDED_KINDS.filter((kind) => is[kind] && count > 0)
  const strictness = kinds.map((kind) => CONFIRM_MODES.indexOf(confirm[kind]))
  const mode = CONFIRM_MODES[Math.max(0, ...strictness)] ?? 'block'
  return { mode, kinds: kinds.filter((kind) => confirm[kind] === mode) }
}
