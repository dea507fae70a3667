/** The output of `clt` without arguments: its purpose, and the next steps. */
import type { Context } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { describeFailure } from './failures.ts'
import { ABOUT_PROGRAM } from './help-topics.ts'
import { printable } from './printable.ts'
import { openProfiles } from './profiles/open-profiles.ts'
import { isComplete, readSettings } from './profiles/read-settings.ts'
import type { Settings } from './profiles/settings.ts'

type Step = readonly [command: string, about: string]

export async function welcome(context: Context): Promise<ExitCode> {
  const { out, messages, io } = context
  let settings: Settings | undefined
  try {
    settings = await readSettings({ env: io.env, profiles: openProfiles(context) }, {})
  } catch (error) {
    // Invalid settings are reported, and the steps are still shown.
    if (describeFailure(error)?.exit !== EXIT.usage) throw error
    await messages.error(error)
  }
  const signedIn = settings !== undefined && isComplete(settings)
  const steps = signedIn ? STEPS_OF_USER : settings === undefined ? STEPS_TO_FIX : FIRST_STEPS
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
  ['clt try', 'try commands on sample tables, without an account'],
  ['clt auth login', 'connect to your bot'],
  ['clt import --help', 'how to import a spreadsheet'],
]

const STEPS_OF_USER: readonly Step[] = [
  ['clt tables list', 'list the tables of the bot'],
  ['clt records list <table>', 'list the records of a table'],
  [
    'clt import <table> <file>',
    'import a spreadsheet; --check reports problems and writes nothing',
  ],
]

const STEPS_TO_FIX: readonly Step[] = [
  ['clt doctor', 'check the settings and suggest fixes'],
  ['clt auth login', 'connect to your bot'],
  ['clt try', 'try commands on sample tables, without an account'],
]

function connectionLine({ profile, gateway, botId, otherGateway }: Settings): string {
  const where = Object.values(gateway?.value ?? {}).join('')
  const by =
    profile === undefined || otherGateway ? 'the environment' : `the profile "${profile.name}"`
  return printable(`Connected by ${by}: bot ${botId?.value}, ${where}.`)
}
