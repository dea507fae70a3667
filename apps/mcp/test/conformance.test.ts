import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { environmentOf, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'

const TOOL = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'))
const PAGE = new URL('../../../docs/how-it-works/mcp-conformance.md', import.meta.url)

const Checks = z.array(z.object({ status: z.string(), errorMessage: z.string().optional() }))

/** The number of passed checks, and the messages of failed ones by scenario. */
interface Report {
  readonly passed: number
  readonly failures: ReadonlyMap<string, readonly string[]>
}

let emulator: Emulator
let server: HttpProcess
const folder = mkdtempSync(join(tmpdir(), 'mcp-conformance-'))
const reports: Record<string, Report> = {}

beforeAll(async () => {
  emulator = await startFixture()
  server = await startHttpServer(environmentOf(emulator))
  reports['2026-07-28'] = await run('2026-07-28', ['--requirements', '2026-07-28'])
  reports['2025-11-25'] = await run('2025-11-25', [
    ...['--suite', 'all', '--spec-version', '2025-11-25'],
  ])
}, 120_000)

afterAll(async () => {
  await server.stop()
  await emulator.close()
  rmSync(folder, { recursive: true })
})

async function run(name: string, options: readonly string[]): Promise<Report> {
  const output = join(folder, name)
  const args = [TOOL, 'server', '--url', server.url, '-o', output, ...options]
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  await once(child, 'close')
  const failures = new Map<string, string[]>()
  let passed = 0
  for (const entry of readdirSync(output)) {
    const scenario = entry.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '')
    const text = readFileSync(join(output, entry, 'checks.json'), 'utf8')
    for (const { status, errorMessage = '' } of Checks.parse(JSON.parse(text))) {
      if (status === 'SUCCESS') passed++
      if (status !== 'FAILURE') continue
      failures.set(scenario, [...(failures.get(scenario) ?? []), errorMessage])
    }
  }
  return { passed, failures }
}

/** The reasons on the page, by scenario. */
function listed(): Map<string, string> {
  const rows = readFileSync(PAGE, 'utf8').matchAll(/^\| ([\w-]+) +\| ([\w ]+?) +\|$/gm)
  const reasons = new Map<string, string>()
  for (const [, scenario = '', reason = ''] of rows) reasons.set(scenario, reason)
  reasons.delete('scenario')
  return reasons
}

/** The messages of failures that are due to missing fixtures, by reason. */
const LACKS_FIXTURE =
  /\bnot found\b|Unknown prompt or resource template|^Not testable|^Prerequisite failed|^Expected InputRequiredResult with/

const EXPECTED: Readonly<Record<string, RegExp>> = {
  fixture: LACKS_FIXTURE,
  'in part': /^Not testable: server does not list the diagnostic tool/,
  headers: /^Not testable: server exposes no tool with x-mcp-header/,
  logging: /Method not found/,
  changes: /Method not found/,
  tasks: /./,
}

describe('the conformance tool', () => {
  it.each([
    ['2026-07-28', 90],
    ['2025-11-25', 30],
  ])('finds only failures that are listed with a reason, for %s', (revision, atLeast) => {
    const { passed, failures } = reports[revision]!
    const reasons = listed()
    console.log(
      `conformance ${revision}: ${passed} checks pass, ${failures.size} scenarios do not apply`,
    )
    expect(passed).toBeGreaterThan(atLeast)
    for (const [scenario, messages] of failures) {
      const reason = reasons.get(scenario)
      expect(reason, `${scenario} is not listed: ${messages.join('; ')}`).toBeDefined()
      for (const message of messages) {
        expect(message, scenario).toMatch(EXPECTED[reason ?? ''] ?? /^no such reason$/)
      }
    }
  })

  it('has no listed scenario that passes', () => {
    const failed = Object.values(reports).flatMap(({ failures }) => [...failures.keys()])
    expect([...listed().keys()].sort()).toEqual([...new Set(failed)].sort())
  })
})
