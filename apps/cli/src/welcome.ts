/** `clt` alone: what it is, and what to do next. */
import type { Context } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { describeFailure } from './failures.ts'
import { ABOUT_PROGRAM } from './help-topics.ts'
import { printable } from './printable.ts'
import { openProfiles } from './profiles/open-profiles.ts'
import { isWhole, readSettings } from './profiles/read-settings.ts'
import type { Settings } from './profiles/settings.ts'

type Step = readonly [command: string, about: string]

export async function welcome(context: Context): Promise<ExitCode> {
  const { out, messages, io } = context
  let settings: Settings | undefined
  try {
    settings = await readSettings({ env: io.env, profiles: openProfiles(context) }, {})
  } catch (error) {
    // Whatever is wrong with the settings is told, and no reason to leave somebody without help.
    if (describeFailure(error)?.exit !== EXIT.usage) throw error
    await messages.error(error)
  }
  const signedIn = settings !== undefined && isWhole(settings)
  const steps = signedIn ? STEPS_OF_USER : settings === undefined ? STEPS_MENDING : FIRST_STEPS
  const width = Math.max(...steps.map(([command]) => command.length))
  const lines = steps.map(([command, about]) => `  ${command.padEnd(width)}  ${about}`)
  await out.write(
    [
      ABOUT_PROGRAM,
      ...(settings !== undefined && signedIn ? [connectionLine(settings)] : []),
      '',
      ...lines,
      '',
      'All commands: clt --help',
      '',
    ].join('\n'),
  )
  return EXIT.ok
}

const FIRST_STEPS: readonly Step[] = [
  ['clt try', 'try everything on sample tables, without an account'],
  ['clt auth login', 'connect to your bot'],
  ['clt import --help', 'how a spreadsheet gets into a table'],
]

const STEPS_OF_USER: readonly Step[] = [
  ['clt tables list', 'the tables of the bot'],
  ['clt records list <table>', 'their records'],
  [
    'clt import <table> <file>',
    'a spreadsheet into a table; --check tells before what would happen',
  ],
]

const STEPS_MENDING: readonly Step[] = [
  ['clt doctor', 'what is wrong with the settings, and what to do'],
  ['clt auth login', 'connect to your bot'],
  ['clt try', 'try everything on sample tables, without an account'],
]

function connectionLine({ profile, gateway, botId, otherGateway }: Settings): string {
  const where = Object.values(gateway?.value ?? {}).join('')
  const by =
    profile === undefined || otherGateway ? 'the environment' : `the profile "${profile.name}"`
  return printable(`Connected by ${by}: bot ${botId?.value}, ${where}.`)
}
