import { type Dialect, type DialectSetting, dialectSettings } from '@chatlayer-tables/contract'

export type SettingName = keyof Dialect

/** What a probe learned about one dialect setting. */
export interface Finding<K extends SettingName = SettingName> {
  readonly setting: K
  /** The value that was learned, if any. */
  readonly learned: Dialect[K] | undefined
  /** The evidence, or why there is none; holds no values of records. */
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

const WHY_NOT: Readonly<Record<DialectSetting['learnedBy'], string>> = {
  read: 'it was not tested',
  write: 'only writes can show it; pass a scratch table',
}

/**
 * One finding for each setting: of two the later one that learned something; for a setting without
 * any, why nothing was learned.
 */
export function complete(findings: readonly Finding[]): Finding[] {
  const bySetting = new Map<SettingName, Finding>()
  for (const finding of findings) {
    const isBetter = finding.learned !== undefined || !bySetting.has(finding.setting)
    if (isBetter) bySetting.set(finding.setting, finding)
  }
  const others = (Object.keys(dialectSettings) as SettingName[]).filter(
    (name) => !bySetting.has(name),
  )
  return [
    ...bySetting.values(),
    ...others.map((name) => notLearned(name, WHY_NOT[dialectSettings[name].learnedBy])),
  ]
}
