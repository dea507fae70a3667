import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'connections add',
  about: 'save a connection to a database or an HTTP API, with its password or token',
  arguments: [
    { name: '<name>', about: 'name of the connection, such as warehouse' },
    {
      name: '<address>',
      about: 'postgres://, mysql:// or sqlite: address of a database, or URL of an HTTP API',
    },
  ],
  options: [
    {
      flags: '--header <name>',
      about: 'header that sends the secret to an HTTP API, such as X-Api-Key',
      defaultText: 'Authorization, as bearer token',
    },
    { flags: '--with-secret', about: 'read the password or token from stdin' },
    { flags: '--no-secret', about: 'save no password or token' },
    { flags: '--no-keychain', about: 'keep the secret in a file instead of the system keychain' },
  ],
  notes: `Use it in place of an address:
  connection:warehouse#public.stores   a table of a database
  postgres://warehouse#public.stores   the same
  connection:shop/products             a path of an HTTP API, added to the saved URL`,
  examples: [
    {
      command:
        'clt connections add warehouse postgres://reader@db.example.com/shop --with-secret < password.txt || true',
      about: 'test a connection to a database and save it; without --with-secret you are asked',
    },
    {
      command: 'clt connections add local sqlite:shop.db --no-secret',
      about: 'a name for a file',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
