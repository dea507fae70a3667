export const HELP = `chatlayer-tables-mcp: the Tables of a Chatlayer bot for MCP clients, on stdio

Usage: chatlayer-tables-mcp [options]

Options:
  --read-only          list no tool that writes
  --allow-live         let tools write to LIVE too, not to DRAFT alone
  --log-level <level>  error, warn, info (default) or debug; logs go to stderr
  -h, --help           show this
  -V, --version        show the version

Environment:
  CHATLAYER_TOKEN          access token (user:password); never on the command line
  CHATLAYER_REGION         eu, us, sa or asia
  CHATLAYER_BASE_URL       an origin, in place of the region
  CHATLAYER_TEAM_ID        the team's id
  CHATLAYER_BOT_ID         the bot's id
  CHATLAYER_TABLE_VERSION  DRAFT (default) or LIVE: the version of a table named without one
`
