import { missingSettings } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { writeFacts } from '../../../output/facts.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { isComplete, readSettings } from '../../../profiles/read-settings.ts'
import { settingRows } from '../../../profiles/setting-rows.ts'
import { describeToken } from '../../../profiles/token-state.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const settings = await readSettings({ env: context.io.env, profiles }, options)
  const token = await describeToken(settings, profiles)
  const rows = settingRows(settings, token)
  if (context.json) {
    const settingsByName = Object.fromEntries(rows.map(({ setting, ...row }) => [setting, row]))
    await context.out.write(
      `${JSON.stringify({ complete: isComplete(settings), ...settingsByName })}\n`,
    )
  } else {
    const shown = rows.map(({ setting, value, from }) => [setting, value ?? '–', from ?? ''])
    await writeFacts(context.out, ['setting', 'value', 'from'], shown)
  }
  if (!isComplete(settings)) throw missingSettings(settings)
  if (token.problem !== undefined) throw token.problem
  return EXIT.ok
}
