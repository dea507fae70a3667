import type { Dialect } from '@chatlayer-tables/contract'

export type SettingName = keyof Dialect

/** What a probe found out of one dialect setting. */
export interface Finding<K extends SettingName = SettingName> {
  readonly setting: K
  /** The value that was learned; undefined where it could not be. */
  readonly learned: Dialect[K] | undefined
  /** What was seen, or why nothing could be; holds no values of records. */
  readonly evidence: string
}

export function learned<K extends SettingName>(
  setting: K,
  value: Dialect[K],
  evidence: string,
): Finding<K> {
  return { setting, learned: value, evidence }
}

export function notLearned<K extends SettingName>(setting: K, why: string): Finding<K> {
  return { setting, learned: undefined, evidence: why }
}
