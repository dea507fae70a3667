export const HELP = `chatlayer-tables-mcp: an MCP server for the tables of one Chatlayer bot, on stdio or HTTP

Usage: chatlayer-tables-mcp [options]

Access:
  --read-only              disable all tools that write
  --allow-live             allow writes to LIVE (default: DRAFT only)
  --tables <a,b>           only these tables, by name or id
  --hide-columns <t.c,…>   columns hidden from the tools; *.c for every table
  --mask-columns <t.c,…>   columns whose values are neither shown nor compared
  --tools <a,b>            only these tools
  --toolset <a,b>          only these groups of tools: read, write, files
  --files <dir>            folder for file imports and exports; repeatable

Confirmation of writes:
  --confirm <mode>         block, review, confirm or allow risky writes (default: confirm)
  --confirm <kind>=<mode>  the same for one kind: bulk, live or delete; repeatable
  --confirm-above <n>      writes of more records in 10 minutes are bulk (default: 20)
  --confirm-key-file <f>   file with the key that signs confirmations; share it among replicas

Other options:
  --views <on|off>         show results as pages in clients that support MCP Apps (default: on)
  --no-journal             do not record writes; they cannot be undone
  --log-level <level>      error, warn, info or debug, on stderr (default: info)
  -h, --help               show this help
  -V, --version            show the version

Environment:
  CHATLAYER_TOKEN            access token, user:password
  CHATLAYER_REGION           eu, us, sa or asia
  CHATLAYER_BASE_URL         origin of the gateway, instead of the region
  CHATLAYER_TEAM_ID          team id
  CHATLAYER_BOT_ID           bot id
  CHATLAYER_TABLE_VERSION    DRAFT or LIVE, for tables named without a version (default: DRAFT)
  CHATLAYER_MCP_CONFIRM_KEY  the key itself, instead of --confirm-key-file
  CHATLAYER_STATE            database that replicas share: postgres://user@host/database
  CHATLAYER_STATE_WAIT       seconds that a write waits for it (default: 30)
  CHATLAYER_JOURNAL          off: same as --no-journal; _DAYS, _MB and _REDACT limit the journal
`
