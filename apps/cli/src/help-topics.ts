/** Help that belongs to no single command: the topics of `clt help <topic>`, and of the program. */
import { EXIT_MEANINGS } from './exit-codes.ts'

export const ABOUT_PROGRAM =
  'Work with Chatlayer bot tables: list and change records, import and export files.'

export interface Topic {
  /** In the list of topics. */
  readonly about: string
  readonly text: string
}

/** The forms of a condition, for the topic and for the program's own help. */
export const CONDITIONS = `  age >= 18             also = != > < <=
  city = 'New York'     quotes around odd names and values; a quote in quotes is doubled
  state in (NY, NJ)     also not in
  name contains hall    also startswith, endswith; letter case counts
  closed is null        also is not null`

/** One code a line. */
export const EXIT_CODE_LINES = Object.entries(EXIT_MEANINGS)
  .map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`)
  .join('\n')

export const HELP_TOPICS: Readonly<Record<string, Topic>> = {
  filters: {
    about: 'which records: --where and --filter',
    text: `--where takes one comparison. Given several times, all must hold:

${CONDITIONS}

A name of several words stands in quotes: --where '"Phone number" startswith +32'. So does a column
that is called id, createdAt or updatedAt; without quotes those are the record's own.
Values are read by the type of their column. Null meets no comparison but "is null".

--filter takes any condition as JSON, also with or, not and nesting:

  {"age": {"gte": 18}, "city": "Ghent"}               both
  {"or": [{"state": "HI"}, {"city": {"isNull": true}}]}
  {"not": {"name": {"contains": "test"}}}

Comparisons: eq ne gt gte lt lte in nin contains startsWith endsWith isNull. Given together, --where
and --filter must both hold. What the gateway cannot decide is decided here, on what it sends.
`,
  },
  versions: {
    about: 'tables, DRAFT and LIVE: [profile:]table[@draft|@live]',
    text: `A table is named by its name or its id:

  stores                   the draft of a table
  stores@live              what customers see; --live says the same
  stores@draft             said in so many words
  prod:stores@live         of the bot of a saved connection, here "prod"
  :odd:name                a colon in front: all of it is the table's name

Commands work on DRAFT. CHATLAYER_TABLE_VERSION=LIVE, or a profile saved with --live, makes commands
read LIVE; for writing it must be said on the command line, as @live, @draft or --live.
`,
  },
  'exit-codes': {
    about: 'what a code says of the run',
    text: `The same for every command but diff:

${EXIT_CODE_LINES}

clt diff ends as diff does: 0 when nothing differs, 1 when something does, 2 and more for trouble.
clt try -- <command> ends with the code of the command.
`,
  },
  environment: {
    about: 'the variables that are read',
    text: `Variables that clt reads; an empty one counts as not set:

  CHATLAYER_TOKEN          the access token, username:password
  CHATLAYER_REGION         eu, us, sa or asia
  CHATLAYER_BASE_URL       in the region's place: https://host[/api/v1], http on this machine alone
  CHATLAYER_TEAM_ID        the team
  CHATLAYER_BOT_ID         the bot
  CHATLAYER_TABLE_VERSION  DRAFT or LIVE, for commands that read
  CHATLAYER_PROFILE        the saved connection to use, in place of the current one

  CHATLAYER_JOURNAL        on, or off to keep nothing of what is written
  CHATLAYER_JOURNAL_DAYS   how long changes are kept; 90
  CHATLAYER_JOURNAL_MB     how much room they may take; 512
  CHATLAYER_JOURNAL_REDACT columns to keep out of it, as leads.email:hash, *.phone:drop

  XDG_CONFIG_HOME          where profiles are kept, see: clt help configuration
  XDG_STATE_HOME           where jobs, changes and copies of tables are kept
  XDG_CACHE_HOME           where the start and completion keep what they can make anew
  NO_COLOR                 no colours, whatever its value

  HTTPS_PROXY, HTTP_PROXY  the proxy that the gateway is reached through, also in lower case:
                           http://[user:password@]host:port; HTTP_PROXY serves https too where
                           HTTPS_PROXY is not set. ALL_PROXY is not read
  NO_PROXY                 hosts that are reached directly, comma-separated, or *
  NODE_EXTRA_CA_CERTS      file with the certificates of further authorities, in PEM form, such as
                           that of a proxy that decrypts the traffic

What is in force, and which variable, flag or profile said it: clt auth status
Which proxy is used: clt doctor
`,
  },
  configuration: {
    about: 'where settings are from, and where they are kept',
    text: `Each value of a connection is the first of these that is said:

  1. a flag: --token-file, --region, --base-url, --team, --bot, --live
  2. the environment: CHATLAYER_TOKEN and so on, see: clt help environment
  3. a profile: a connection saved by clt auth login
  4. the default, which only the version has: DRAFT

Which profile:

  prod:stores              the one before the colon of a table
  --profile prod           the one of the flag
  CHATLAYER_PROFILE=prod   the one of the environment
  clt auth switch prod     the current one

A profile that the command line names (the first two) goes before the environment, of which only
CHATLAYER_TABLE_VERSION is read then. Flags that would send prod:stores elsewhere are refused.

A profile is of one gateway. When a flag or a variable names another gateway, nothing of the profile
is used: its token is never sent anywhere else.

Files, which only you can read:

  Linux     $XDG_CONFIG_HOME/chatlayer-tables or ~/.config/chatlayer-tables
  macOS     ~/Library/Application Support/chatlayer-tables
  Windows   %APPDATA%\\chatlayer-tables

  profiles/NAME.json       region or baseUrl, teamId, botId, version, and what a probe learned
  tokens/NAME.json         the token, where there is no system keychain or --no-keychain was said
  current-profile          the name of the current one

What is wrong with any of it: clt doctor
`,
  },
}

export const TOPIC_NAMES = Object.keys(HELP_TOPICS)

/** The text of a topic, or under `topics` the list of them; undefined for no such topic. */
export function helpTopic(name: string): string | undefined {
  if (name === 'topics') return topicList()
  return Object.hasOwn(HELP_TOPICS, name) ? HELP_TOPICS[name]?.text : undefined
}

function topicList(): string {
  const width = Math.max(...TOPIC_NAMES.map((name) => name.length))
  const lines = Object.entries(HELP_TOPICS).map(
    ([name, { about }]) => `  clt help ${name.padEnd(width)}  ${about}`,
  )
  return `Beside the help of each command (clt help <command>):\n\n${lines.join('\n')}\n`
}

/** At the end of the program's own help. */
export function programFooter(): string {
  return `
Conditions (--where), one comparison each:
${CONDITIONS}

DRAFT and LIVE:
  Commands work on DRAFT. Use stores@live or --live for LIVE. CHATLAYER_TABLE_VERSION=LIVE
  makes commands read LIVE; writes then need @live, @draft or --live.

Environment:
  CHATLAYER_TOKEN, CHATLAYER_REGION or CHATLAYER_BASE_URL, CHATLAYER_TEAM_ID,
  CHATLAYER_BOT_ID, CHATLAYER_TABLE_VERSION, CHATLAYER_PROFILE, NO_COLOR
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS: how the gateway is reached
  CHATLAYER_JOURNAL (on or off), CHATLAYER_JOURNAL_DAYS, CHATLAYER_JOURNAL_MB,
  CHATLAYER_JOURNAL_REDACT: what is recorded of writes

More: clt help topics (${TOPIC_NAMES.join(', ')})

Exit codes:
${EXIT_CODE_LINES}`
}
