/** What the exchanges and findings of a probe show of each inferred and unknown fact. */
import {
  DEFAULT_DIALECT,
  type Fact,
  type FactId,
  facts,
  settingFact,
} from '@chatlayer-tables/contract'
import type { Finding } from '@chatlayer-tables/core'
import type { FactResult, Report, ReportExchange } from './format.ts'
import { JUDGES, type Shown } from './judges.ts'

const WHY_NOT: Readonly<Record<Fact['shownBy'], string>> = {
  read: 'the requests did not show it',
  write: 'only writes can show it; pass a scratch table',
  chance: 'there was no such response',
  nothing: 'no request can show it',
}

export function judgeFacts(
  exchanges: readonly ReportExchange[],
  findings: readonly Finding[],
): FactResult[] {
  const byFact = new Map<FactId, Finding>()
  for (const finding of findings) {
    const id = settingFact(finding.setting)
    if (finding.learned !== undefined || !byFact.has(id)) byFact.set(id, finding)
  }
  return facts.map((fact) => {
    const finding = byFact.get(fact.id)
    const shown =
      finding === undefined
        ? JUDGES[fact.id]?.(exchanges)
        : shownBy(
            finding,
            exchanges.filter(({ question }) => question === fact.id),
          )
    return resultOf(fact, shown)
  })
}

function shownBy(finding: Finding, exchanges: readonly ReportExchange[]): Shown {
  const { setting, learned, evidence } = finding
  const numbers = exchanges.map(({ number }) => number)
  if (learned === undefined) return { holds: undefined, evidence, exchanges: numbers }
  return {
    holds: learned === DEFAULT_DIALECT[setting],
    found: String(learned),
    evidence,
    exchanges: numbers,
  }
}

function resultOf(fact: Fact, shown: Shown | undefined): FactResult {
  const { id, standing, text } = fact
  if (shown === undefined) {
    const result = { result: 'not seen', evidence: WHY_NOT[fact.shownBy], exchanges: [] } as const
    return { id, standing, text, ...result, exchanges: [] }
  }
  const { holds, found, evidence, exchanges } = shown
  return {
    id,
    standing,
    text,
    result: wordFor(standing, holds),
    ...(found !== undefined && { found }),
    evidence,
    exchanges: [...exchanges],
  }
}

function wordFor(standing: Fact['standing'], holds: boolean | undefined): FactResult['result'] {
  if (holds === undefined) return 'not seen'
  if (standing === 'U') return 'answered'
  return holds ? 'confirmed' : 'contradicted'
}

/** The settings that were learned. */
export function dialectOf(findings: readonly Finding[]): Report['dialect'] {
  const known = findings.filter(({ learned }) => learned !== undefined)
  const entries = known.map(({ setting, learned }) => [setting, learned ?? ''] as const)
  return Object.fromEntries(entries)
}
