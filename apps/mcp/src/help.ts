export const HELP = `chatlayer-tables-mcp: the Tables of a Chatlayer bot for MCP clients, on stdio

Usage: chatlayer-tables-mcp [options]

What the tools may reach:
  --read-only              list no tool that writes
  --allow-live             let tools write to LIVE too, not to DRAFT alone
  --tables <a,b>           these tables alone, by name or id
  --hide-columns <t.c,…>   columns that are not there for the tools; *.c in every table
  --mask-columns <t.c,…>   columns whose values are neither shown nor compared
  --tools <a,b>            these tools alone
  --toolset <a,b>          these groups of tools alone: read, write, files
  --files <dir>            a folder that files may be read from and written to; repeatable

Confirmation of writes:
  --confirm <mode>         block, confirm (default) or allow, for every kind of write below
  --confirm <kind>=<mode>  the same for bulk, live or delete; repeatable
  --confirm-above <n>      a write of more records than this is bulk, 20 unless said
  --confirm-key-file <f>   the key that tokens are signed with, the same for all replicas

Other options:
  --no-journal             keep nothing of what is written: nothing can be undone then
  --log-level <level>      error, warn, info (default) or debug; logs go to stderr
  -h, --help               show this
  -V, --version            show the version

Environment:
  CHATLAYER_TOKEN            access token (user:password); never on the command line
  CHATLAYER_REGION           eu, us, sa or asia
  CHATLAYER_BASE_URL         an origin, in place of the region
  CHATLAYER_TEAM_ID          the team's id
  CHATLAYER_BOT_ID           the bot's id
  CHATLAYER_TABLE_VERSION    DRAFT (default) or LIVE: the version of a table named without one
  CHATLAYER_MCP_CONFIRM_KEY  the key itself, in place of --confirm-key-file
  CHATLAYER_JOURNAL          off is as --no-journal; _DAYS, _MB and _REDACT say what is kept
`
