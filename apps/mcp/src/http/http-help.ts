export const HTTP_HELP = `
Over HTTP:
  --http [host:port]         serve Streamable HTTP at /mcp instead (127.0.0.1:8808)
  --public-url <url>         the endpoint as clients know it, behind a proxy
  --allow-host <name>        another name that clients may call it by; may be repeated
  --allow-origin <origin>    pages of it may call; may be repeated
  --tokens <file>            where tokens are kept
  --oauth-issuer <url>       also take JWTs of this issuer
  --oauth-audience <text>    what they are issued for, when it is not the public URL
  --rate-limit <n>           requests a minute for each token (600)
  --max-body <bytes>         the largest request (1048576)
  --request-timeout <s>      for each request (120)

Tokens, for others than this machine:
  chatlayer-tables-mcp token create --scope read [--name who] [--expires 90d]
  chatlayer-tables-mcp token list
  chatlayer-tables-mcp token revoke <id>
  Scopes: read, write:draft, write:live. Each holds those before it.
`
