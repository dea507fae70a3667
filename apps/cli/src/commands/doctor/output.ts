/** Text output of the doctor. */

import type { ProbeReport } from '@chatlayer-tables/core'
import stringWidth from 'string-width'
import { rich, styled } from '../../output/styled.ts'
import type { Writer } from '../../output/writer.ts'
import { printable } from '../../printable.ts'
import type { SettingRow } from '../../profiles/setting-rows.ts'
import type { Check } from './check.ts'
import type { ReportSummary } from './gateway-report.ts'

const SIGNS = { ok: '✓', failed: '✗', skipped: '–' } as const
const STYLES = { ok: 'green', failed: 'red', skipped: 'dim' } as const

export async function writeCheck(out: Writer, check: Check): Promise<void> {
  const sign = styled(STYLES[check.status], SIGNS[check.status])
  await out.write(rich`${sign} ${check.name.padEnd(WIDTH)}  ${check.found}\n`)
  if (check.status !== 'failed' || check.fix === undefined) return
  await out.write(rich`${INDENT}${styled('cyan', '→')} ${check.fix}\n`)
}

const WIDTH = 'configuration'.length
const INDENT = ' '.repeat(WIDTH + 4)

export async function writeSettings(out: Writer, rows: readonly SettingRow[]): Promise<void> {
  await writeAligned(
    out,
    rows
      .filter(({ value }) => value !== null)
      .map(({ setting, value, from }) => [setting, value ?? '', from === null ? '' : `(${from})`]),
  )
}

/** Writes learned settings first, then unknown ones, each with its evidence or reason. */
export async function writeFindings(out: Writer, { findings }: ProbeReport): Promise<void> {
  const learned = findings.filter((finding) => finding.learned !== undefined)
  const unknown = findings.filter((finding) => finding.learned === undefined)
  await writeAligned(out, [
    ...learned.map((finding) => [finding.setting, String(finding.learned), finding.evidence]),
    ...unknown.map((finding) => [finding.setting, 'not learned', finding.evidence]),
  ])
}

/** Writes each fact that was seen, then what is still open and how much differs from the contract. */
export async function writeSummary(
  out: Writer,
  { facts, misfits, unexpectedFields }: ReportSummary,
): Promise<void> {
  const order = ['contradicted', 'answered', 'confirmed'] as const
  const open = Map.groupBy(
    facts.filter(({ result }) => result === 'not seen'),
    ({ evidence }) => evidence,
  )
  await writeAligned(out, [
    ...order.flatMap((wanted) =>
      facts
        .filter(({ result }) => result === wanted)
        .map(({ id, found, evidence }) => [
          wanted,
          found === undefined ? id : `${id}: ${found}`,
          evidence,
        ]),
    ),
    ...[...open].map(([evidence, { length }]) => [
      'not seen',
      `${length} ${length === 1 ? 'fact' : 'facts'}`,
      evidence,
    ]),
  ])
  const counts = [...order, 'not seen' as const].map(
    (wanted) => `${facts.filter(({ result }) => result === wanted).length} ${wanted}`,
  )
  await out.write(rich`${INDENT}${facts.length.toString()} facts: ${counts.join(', ')}\n`)
  if (misfits + unexpectedFields === 0) return
  const differ = `${misfits} responses are not as declared, ${unexpectedFields} fields are not declared`
  await out.write(rich`${INDENT}${differ}\n`)
}

async function writeAligned(out: Writer, rows: readonly (readonly string[])[]): Promise<void> {
  const shown = rows.map((row) => row.map(printable))
  const width = (column: number) => Math.max(...shown.map((row) => stringWidth(row[column] ?? '')))
  const [first, second] = [width(0), width(1)]
  for (const [name = '', value = '', rest = ''] of shown) {
    const line = `${INDENT}${pad(name, first)}  ${pad(value, second)}`
    await out.write(rest === '' ? `${line.trimEnd()}\n` : rich`${line}  ${styled('dim', rest)}\n`)
  }
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}
