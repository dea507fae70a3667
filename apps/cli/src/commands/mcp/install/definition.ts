import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { MCP_CLIENTS } from './clients.ts'

export const definition = defineCommand({
  name: 'mcp install',
  about: "add the MCP server to a client's configuration",
  arguments: [
    { name: '[serverArgs...]', about: 'options of the server, after --, such as --read-only' },
  ],
  options: [
    {
      flags: '--client <client>',
      about: 'client to configure',
      choices: MCP_CLIENTS,
      required: true,
    },
    {
      flags: '--name <name>',
      about: 'name of the server in that configuration',
      default: 'chatlayer-tables',
    },
    { flags: '--project', about: 'configure this folder only, if the client supports it' },
    { flags: '--write-token', about: 'write the token to the file, unencrypted' },
    { flags: '--print', about: 'print the configuration; write nothing' },
    { flags: '--remove', about: 'remove the server from the configuration' },
    { flags: '-y, --yes', about: 'skip confirmation; required without a terminal' },
  ],
  examples: [
    {
      command: 'clt mcp install --client cursor --print',
      about: 'print the configuration, to paste it yourself',
    },
    {
      command: 'clt mcp install --client vscode --project --yes -- --read-only --tables airports',
      about:
        'add it to .vscode/mcp.json of this folder without confirmation, with options for the server',
    },
    {
      command: 'clt mcp install --client vscode --project --remove --yes',
      about: 'remove it again',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
