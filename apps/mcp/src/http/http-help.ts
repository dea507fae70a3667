export const HTTP_HELP = `
Over HTTP:
  --http [host:port]         serve Streamable HTTP at /mcp (default: 127.0.0.1:8808)
  --public-url <url>         public URL of the endpoint, behind a proxy
  --allow-host <name>        additional host name of this server; repeatable
  --allow-origin <origin>    origin of web pages that may call; repeatable
  --tokens <file>            token file
  --oauth-issuer <url>       also accept JWTs of this issuer
  --oauth-audience <text>    audience of the JWTs (default: the public URL)
  --rate-limit <n>           requests per minute and token (default: 600)
  --max-body <bytes>         maximum request size (default: 1048576)
  --request-timeout <s>      seconds per request (default: 120)

Tokens for clients on other machines:
  chatlayer-tables-mcp token create --scope read [--name name] [--expires 90d]
  chatlayer-tables-mcp token list
  chatlayer-tables-mcp token revoke <id>
  Scopes: read, write:draft, write:live. Each includes the previous ones.
`
