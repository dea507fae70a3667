/** What `clt help <topic>` tells that belongs to no single command. */

export const HELP_TOPICS: Readonly<Record<string, string>> = {
  environment: `Variables that clt reads; an empty one counts as not set:

  CHATLAYER_TOKEN          the access token, username:password
  CHATLAYER_REGION         eu, us, sa or asia
  CHATLAYER_BASE_URL       in the region's place: https://host[/api/v1], http on this machine alone
  CHATLAYER_TEAM_ID        the team
  CHATLAYER_BOT_ID         the bot
  CHATLAYER_TABLE_VERSION  DRAFT or LIVE, for commands that read
  CHATLAYER_PROFILE        the saved connection to use, in place of the current one

  XDG_CONFIG_HOME          where profiles are kept, see: clt help configuration
  XDG_STATE_HOME           where the jobs of imports are kept
  NO_COLOR                 no colours, whatever its value

What is in force, and which variable, flag or profile said it: clt auth status
`,
  configuration: `Each value of a connection is the first of these that is said:

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
}
