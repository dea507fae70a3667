/** `doctor`: checks everything that a command needs, and suggests fixes. */

import type { DialectInput } from '@chatlayer-tables/contract'
import {
  type Client,
  createClient,
  type ProbeReport,
  parseTableReference,
} from '@chatlayer-tables/core'
import { askYesOrNo } from '../../confirm.ts'
import { completeSettings, USER_AGENT } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { requestLog } from '../../output/request-log.ts'
import { openProfiles } from '../../profiles/open-profiles.ts'
import { gatewayOf } from '../../profiles/profile.ts'
import type { Profiles } from '../../profiles/profiles.ts'
import { isComplete } from '../../profiles/read-settings.ts'
import { type SettingRow, settingRows } from '../../profiles/setting-rows.ts'
import type { ChosenProfile, Settings } from '../../profiles/settings.ts'
import { canAsk } from '../../prompts.ts'
import { versionToRead, versionToWrite } from '../../version-choice.ts'
import { type Check, ok, skipped } from './check.ts'
import type { Options } from './definition.ts'
import { checkDialect, checkTables } from './gateway-checks.ts'
import { type ReportSummary, reportGateway } from './gateway-report.ts'
import { writeCheck, writeFindings, writeSettings, writeSummary } from './output.ts'
import { reach } from './reach.ts'
import { ReportFile } from './report-file.ts'
import { checkFolders, checkSettings, checkToken } from './settings-checks.ts'
import { checkSharedState } from './state-check.ts'

/** @returns 0 if no check failed, otherwise the exit code of the first failed check */
export async function run(options: Options, context: Context): Promise<number> {
  const profiles = openProfiles(context)
  const { check, settings } = await checkSettings({ env: context.io.env, profiles }, options)
  const { check: tokenCheck, token } = await checkToken(settings, profiles)
  const profile = settings.otherGateway ? undefined : settings.profile
  checkFlags(options, profile)
  await using file = options.report === undefined ? undefined : new ReportFile(options.report)
  const output = new DoctorOutput(context, file !== undefined)
  await output.add(ok('node', process.versions.node))
  await output.add(check)
  await output.settings(settingRows(settings, token))
  await output.add(tokenCheck)
  await output.add(checkFolders(context.io))
  const state = await checkSharedState(context)
  if (state !== undefined) await output.add(state)
  const reached = await checkNetwork(settings, context)
  for (const one of reached) await output.add(one)
  const report = await checkGateway(options, context, { settings, profiles, output, file })
  const isNew = report !== undefined && profile !== undefined && hasNewSettings(report, profile)
  const saved = isNew && (await shouldSave(options, context, profile))
  if (saved) await save(profiles, profile, report)
  await output.end(report, saved)
  const { messages } = context
  if (saved) await messages.note(`saved in the profile "${profile.name}"`)
  else if (isNew) await messages.note('to save the results in the profile, run: clt doctor --save')
  else if (options.save) await messages.note('nothing new was learned; the profile is unchanged')
  return output.exit
}

/** @throws UsageError for flags that would have no effect */
function checkFlags(
  { save, probe, scratchTable, report }: Options,
  profile: ChosenProfile | undefined,
): void {
  if (!probe && (save || scratchTable !== undefined || report !== undefined)) {
    throw new UsageError('--save, --scratch-table and --report cannot be combined with --no-probe')
  }
  if (save && profile === undefined) {
    throw new UsageError(
      '--save requires a profile, but none is used',
      'Create one: clt auth login',
    )
  }
}

/** Time limit of each network step. */
const STEP_TIMEOUT_MS = 10_000

async function checkNetwork({ gateway }: Settings, context: Context): Promise<Check[]> {
  const names = ['proxy', 'dns', 'connection', 'tls', 'clock']
  const origin = gateway === undefined ? undefined : gatewayOf(gateway.value)?.origin
  if (origin === undefined) {
    return names.map((name) => skipped(name, 'no region or base URL is set'))
  }
  const { stop: signal, io } = context
  return reach(origin, { signal, timeoutMs: STEP_TIMEOUT_MS, now: Date.now, env: io.env })
}

interface Found {
  readonly settings: Settings
  readonly profiles: Profiles
  readonly output: DoctorOutput
  readonly file: ReportFile | undefined
}

/** Checks that use the client. @returns the report of the probe, if it ran */
async function checkGateway(
  options: Options,
  context: Context,
  { settings, profiles, output, file }: Found,
): Promise<ProbeReport | undefined> {
  const reason = isComplete(settings) ? output.unreachable : 'connection settings are missing'
  if (reason !== undefined) return output.skipGateway(reason)
  const scratch =
    options.scratchTable === undefined ? undefined : parseTableReference(options.scratchTable)
  if (scratch?.profile !== undefined) {
    throw new UsageError(
      '--scratch-table must be a table of this connection',
      'Pass --profile instead of a profile prefix.',
    )
  }
  const choose = scratch === undefined ? versionToRead : versionToWrite
  const version = choose({
    reference: scratch?.version,
    live: options.live,
    setting: settings.version,
  })
  let client: Client
  try {
    const connection = await completeSettings(settings, profiles)
    context.messages.hide(connection.token)
    client = createClient({
      ...connection,
      version,
      ...requestLog(context),
      userAgent: USER_AGENT,
      proxyEnvironment: context.io.env,
    })
  } catch (error) {
    return output.skipGateway(error instanceof UsageError ? 'no token' : String(error))
  }
  await using _ = client
  const { checks, tables } = await checkTables(client, context.stop)
  for (const one of checks) await output.add(one)
  const why =
    tables === undefined
      ? 'the tables are unknown'
      : tables.length === 0
        ? 'the bot has no table to probe'
        : undefined
  if (file !== undefined) {
    const request = { file, scratchTable: scratch?.table, why }
    const made = await reportGateway(client, request, context)
    await output.add(made.check)
    await output.report(made.reportCheck, made.summary)
    return made.report
  }
  if (why !== undefined) return output.skip('dialect', why)
  if (!options.probe) return output.skip('dialect', 'not requested (--no-probe)')
  await context.messages.updateLine('probing the gateway…')
  const { check, report } = await checkDialect(client, scratch?.table, context.stop)
  await context.messages.clearLine()
  await output.add(check)
  return report
}

/** Whether the probe learned a setting that the profile does not have. */
function hasNewSettings({ dialect }: ProbeReport, { profile }: ChosenProfile): boolean {
  const known = new Map<string, unknown>(Object.entries(profile.dialect ?? {}))
  return Object.entries(dialect).some(([name, value]) => known.get(name) !== value)
}

async function shouldSave(
  options: Options,
  context: Context,
  profile: ChosenProfile,
): Promise<boolean> {
  if (options.save) return true
  if (context.json || context.quiet || !canAsk(context)) return false
  return askYesOrNo(context, `Save the results of the probe in the profile "${profile.name}"?`)
}

async function save(
  profiles: Profiles,
  { name, profile }: ChosenProfile,
  { dialect }: ProbeReport,
): Promise<void> {
  const known: DialectInput = { ...profile.dialect, ...dialect }
  await profiles.update(name, { ...profile, dialect: known })
}

/** Prints each result at once, or all of them as JSON at the end. */
class DoctorOutput {
  readonly #context: Context
  readonly #checks: Check[] = []
  readonly #wantsReport: boolean
  #settings: readonly SettingRow[] = []
  #report: ReportSummary | undefined

  constructor(context: Context, wantsReport: boolean) {
    this.#context = context
    this.#wantsReport = wantsReport
  }

  async report(check: Check, summary: ReportSummary): Promise<void> {
    await this.add(check)
    this.#report = summary
  }

  async add(check: Check): Promise<void> {
    this.#checks.push(check)
    if (!this.#context.json) await writeCheck(this.#context.out, check)
  }

  async settings(rows: readonly SettingRow[]): Promise<void> {
    this.#settings = rows
    if (!this.#context.json) await writeSettings(this.#context.out, rows)
  }

  async skip(name: string, why: string): Promise<undefined> {
    await this.add(skipped(name, why))
    return undefined
  }

  async skipGateway(why: string): Promise<undefined> {
    const names = ['sign-in', 'tables', 'dialect', ...(this.#wantsReport ? ['report'] : [])]
    for (const name of names) await this.add(skipped(name, why))
    return undefined
  }

  /** Why requests to the gateway would fail. */
  get unreachable(): string | undefined {
    const steps = ['proxy', 'dns', 'connection', 'tls']
    const isDown = this.#checks.some(
      ({ name, status }) => status === 'failed' && steps.includes(name),
    )
    return isDown ? 'the gateway is unreachable' : undefined
  }

  get exit(): number {
    const first = this.#checks.find((check) => check.status === 'failed')
    return first?.exit ?? EXIT.ok
  }

  async end(report: ProbeReport | undefined, saved: boolean): Promise<void> {
    const { out, json } = this.#context
    if (!json) {
      if (this.#report !== undefined) await writeSummary(out, this.#report)
      else if (report !== undefined) await writeFindings(out, report)
      return
    }
    const settings = this.#settings.map(({ setting, ...row }) => [setting, row])
    const result = {
      ok: this.exit === EXIT.ok,
      exit: this.exit,
      checks: this.#checks,
      settings: Object.fromEntries(settings),
      dialect: report === undefined ? null : { ...report, saved },
      report: this.#report ?? null,
    }
    await out.write(`${JSON.stringify(result)}\n`)
  }
}
