/** Help that is not about one command: the topics of `clt help <topic>`, and the footer of `clt --help`. */
import { EXIT_MEANINGS } from './exit-codes.ts'

export const ABOUT_PROGRAM =
  'Work with Chatlayer bot tables: list and change records, import and export files.'

export interface Topic {
  /** Shown in the list of topics. */
  readonly about: string
  readonly text: string
}

/** The forms of a condition, for the topic and for `clt --help`. */
const CONDITIONS = `  age >= 18             also = != > < <=
  city = 'New York'     quotes around other names and values; double a quote inside
  state in (NY, NJ)     also not in
  name contains hall    also startswith, endswith; case-sensitive
  name icontains hall   also istartswith, iendswith, ieq; letter case is ignored
  closed is null        also is not null`

/** One code per line. */
const EXIT_CODE_LINES = Object.entries(EXIT_MEANINGS)
  .map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`)
  .join('\n')

export const HELP_TOPICS: Readonly<Record<string, Topic>> = {
  filters: {
    about: 'choose records: --where and --filter',
    text: `--where takes one comparison. If it is repeated, all must hold:

${CONDITIONS}

A name of several words needs quotes: --where '"Phone number" startswith +32'. So does a column named
id, createdAt or updatedAt; without quotes these are the record's own fields.
Values are read by the type of their column. Null matches no comparison except "is null".

--filter takes any condition as JSON, also with or, not and nesting:

  {"age": {"gte": 18}, "city": "Ghent"}               both
  {"or": [{"state": "HI"}, {"city": {"isNull": true}}]}
  {"not": {"name": {"contains": "test"}}}

Comparisons: eq ne gt gte lt lte in nin contains startsWith endsWith icontains istartsWith iendsWith
ieq isNull. If both are given, --where and --filter must both hold. What the gateway cannot filter is
filtered on this machine.
`,
  },
  versions: {
    about: 'tables, DRAFT and LIVE: [profile:]table[@draft|@live]',
    text: `Refer to a table by its name or its ID:

  stores                   the draft of a table
  stores@live              LIVE, which customers see; the same as --live
  stores@draft             the draft, stated explicitly
  prod:stores@live         a table of a saved connection, here "prod"
  :odd:name                after a leading colon, everything is the table's name

Commands work on DRAFT. CHATLAYER_TABLE_VERSION=LIVE, or a profile saved with --live, makes commands
read LIVE; writes then need @live, @draft or --live on the command line.
`,
  },
  'exit-codes': {
    about: 'what each exit code means',
    text: `The same for every command but diff:

${EXIT_CODE_LINES}

clt diff exits as diff does: 0 if nothing differs, 1 if something does, 2 or more for an error.
clt try -- <command> exits with the code of the command.
`,
  },
  environment: {
    about: 'environment variables',
    text: `Variables that clt reads; an empty one counts as unset:

  CHATLAYER_TOKEN          the access token, username:password
  CHATLAYER_REGION         eu, us, sa or asia
  CHATLAYER_BASE_URL       instead of a region: https://host[/api/v1]; http on this machine only
  CHATLAYER_TEAM_ID        the team
  CHATLAYER_BOT_ID         the bot
  CHATLAYER_TABLE_VERSION  DRAFT or LIVE, for commands that read
  CHATLAYER_PROFILE        saved connection to use instead of the current one

  CHATLAYER_JOURNAL        on, or off to record no writes
  CHATLAYER_JOURNAL_DAYS   days to keep changes (default: 90)
  CHATLAYER_JOURNAL_MB     maximum size in MB (default: 512)
  CHATLAYER_JOURNAL_REDACT columns to redact, such as leads.email:hash, *.phone:drop

  CHATLAYER_STATE          PostgreSQL database of changes, jobs and locks, for several machines:
                           postgres://user@host/database or connection:NAME; local for this machine
  CHATLAYER_STATE_WAIT     seconds to wait for that database if it is away (default: 30)
  CHATLAYER_STATE_INPUT_MB largest input file that a job takes there, so that any machine can
                           resume it (default: 64)
  CHATLAYER_STATE_FILE_MB  largest file that a job makes and needs there (default: 512)

  XDG_CONFIG_HOME          where profiles are kept, see: clt help configuration
  XDG_STATE_HOME           where jobs, changes and copies of tables are kept; with CHATLAYER_STATE
                           only copies of tables, working files and notes for --if-changed
  XDG_CACHE_HOME           cache of the start and of completion
  NO_COLOR                 any value turns colors off

  HTTPS_PROXY, HTTP_PROXY  the proxy that the gateway is reached through, also in lower case:
                           http://[user:password@]host:port; HTTP_PROXY serves https too where
                           HTTPS_PROXY is not set. ALL_PROXY is not read
  NO_PROXY                 hosts that are reached directly, comma-separated, or *
  NODE_EXTRA_CA_CERTS      file with the certificates of further authorities, in PEM form, such as
                           that of a proxy that decrypts the traffic

The effective values and their sources: clt auth status
The proxy in use: clt doctor
`,
  },
  configuration: {
    about: 'sources of settings, and where they are kept',
    text: `Each value of a connection comes from the first of these that sets it:

  1. a flag: --token-file, --region, --base-url, --team, --bot, --live
  2. the environment: CHATLAYER_TOKEN and so on, see: clt help environment
  3. a profile: a connection saved by clt auth login
  4. the default, for the version only: DRAFT

Which profile:

  prod:stores              the name before the colon of a table
  --profile prod           the flag
  CHATLAYER_PROFILE=prod   the environment
  clt auth switch prod     the current profile

A profile named on the command line (the first two) takes precedence over the environment, of which
only CHATLAYER_TABLE_VERSION and CHATLAYER_STATE are read then, where the profile does not set them. Flags that would send prod:stores elsewhere are rejected.

A profile belongs to one gateway. If a flag or a variable names another gateway, the profile is not
used: its token is never sent anywhere else.

Changes, jobs and locks are kept in the first of these: the state of a profile named on the command
line, CHATLAYER_STATE, "state:" of chatlayer.yaml for commands that work on that file, the state of the
current profile (clt auth login --state), this machine. Which one it is: clt state status

Files, readable only by you:

  Linux     $XDG_CONFIG_HOME/chatlayer-tables or ~/.config/chatlayer-tables
  macOS     ~/Library/Application Support/chatlayer-tables
  Windows   %APPDATA%\\chatlayer-tables

  profiles/NAME.json       region or baseUrl, teamId, botId, version, state, and results of a probe
  tokens/NAME.json         the token, if there is no system keychain or --no-keychain was passed
  current-profile          the name of the current profile

To check all of it: clt doctor
`,
  },
}

export const TOPIC_NAMES = Object.keys(HELP_TOPICS)

/** The text of a topic, or the list of topics for `topics`; undefined for an unknown topic. */
export function helpTopic(name: string): string | undefined {
  if (name === 'topics') return topicList()
  return Object.hasOwn(HELP_TOPICS, name) ? HELP_TOPICS[name]?.text : undefined
}

function topicList(): string {
  const width = Math.max(...TOPIC_NAMES.map((name) => name.length))
  const lines = Object.entries(HELP_TOPICS).map(
    ([name, { about }]) => `  clt help ${name.padEnd(width)}  ${about}`,
  )
  return `In addition to the help of each command (clt help <command>):\n\n${lines.join('\n')}\n`
}

/** The end of `clt --help`. */
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
  CHATLAYER_STATE, CHATLAYER_STATE_WAIT: a database for changes and jobs of several machines

More: clt help topics (${TOPIC_NAMES.join(', ')})

Exit codes:
${EXIT_CODE_LINES}`
}
