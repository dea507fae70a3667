/** Examples for the help of every command. A test runs each of them. */
import type { CommandName } from './invocation.ts'

export interface Example {
  readonly command: string
  readonly about: string
}

export const EXAMPLES: Readonly<Record<CommandName, readonly Example[]>> = {
  'tables list': [
    { command: 'clt tables list', about: 'names, ids and columns' },
    { command: 'clt tables list --json', about: 'everything the gateway says of them' },
  ],
  'tables get': [{ command: 'clt tables get airports', about: 'columns and their types' }],
  'records list': [
    { command: 'clt records list airports --limit 5', about: 'the first five' },
    {
      command: `clt records list airports --where "state in (NY, NJ)" --where "latitude > 42" --select iata,name --sort name`,
      about: 'several conditions are ANDed',
    },
    {
      command: `clt records list airports --where "city = 'New York'" --json`,
      about: 'a value of several words stands in quotes',
    },
    {
      command: `clt records list airports --filter '{"or": [{"state": "HI"}, {"city": {"isNull": true}}]}'`,
      about: 'any condition, as JSON',
    },
    {
      command: 'clt records list airports@live',
      about: 'what customers see, in place of the draft',
    },
  ],
  'records get': [
    {
      command: 'clt records get airports 5b2f63c0-9f6e-4d7a-8a51-0c1d2e3f4a5b',
      about: 'one record, by its id',
    },
  ],
  'records insert': [
    {
      command: `clt records insert airports --set iata=GNE --set "name=Ghent Heliport" --set latitude=51.05`,
      about: 'one record; prints its id',
    },
    {
      command: `clt records insert airports --data '{"iata": "GNE", "city": null}' --dry-run`,
      about: 'show what it would hold',
    },
    {
      command: 'clt records insert airports < airports.ndjson',
      about: 'many: one JSON object a line',
    },
  ],
  'records update': [
    {
      command: `clt records update airports --where "iata = 00M" --set "city=Bay Spring" --dry-run`,
      about: 'show what would change',
    },
    {
      command: `clt records update airports --where "iata = 00M" --set "city=Bay Spring" --yes`,
      about: 'change it without asking',
    },
    {
      command: 'clt records update airports --all --set country=USA --yes',
      about: 'every record',
    },
  ],
  'records delete': [
    {
      command: 'clt records delete airports --where "state = AK" --dry-run',
      about: 'show what would go',
    },
    {
      command: 'clt records delete airports --where "iata = 00M" --yes',
      about: 'delete without asking',
    },
  ],
  import: [
    { command: 'clt import airports airports.csv', about: 'into DRAFT' },
    {
      command: 'clt import airports@live airports.csv --quiet',
      about: 'into LIVE, said in so many words',
    },
    {
      command: 'clt import airports airports.csv --check',
      about: 'tell every problem, write nothing',
    },
    {
      command: 'clt import airports airports.csv --mode upsert --key iata',
      about: 'change the records that are there, insert the others',
    },
  ],
  'jobs list': [{ command: 'clt jobs list', about: 'what can be gone on with, and what is done' }],
  'jobs show': [{ command: 'clt jobs show k3f9 --json', about: 'all that is kept of one' }],
  'jobs resume': [
    { command: 'clt jobs resume', about: 'the one that was broken off' },
    { command: 'clt jobs resume k3f9', about: 'one of several' },
  ],
  'jobs rm': [{ command: 'clt jobs rm --done', about: 'those with nothing left to do' }],
  infer: [
    { command: 'clt infer airports.csv', about: 'the columns to create in the web app, and why' },
    { command: 'gzip -c airports.csv | clt infer - --json', about: 'as JSON, from stdin' },
  ],
  export: [
    { command: 'clt export airports -o copy.csv', about: 'into a file' },
    { command: 'clt export airports > copy.csv', about: 'to stdout' },
  ],
  'mcp install': [
    {
      command: 'clt mcp install --client cursor --print',
      about: 'what to enter, to be pasted',
    },
    {
      command: 'clt mcp install --client vscode --project --yes -- --read-only --tables airports',
      about: 'into .vscode/mcp.json of this folder, without asking; the server gets the rest',
    },
    {
      command: 'clt mcp install --client vscode --project --remove --yes',
      about: 'take it out again',
    },
  ],
  emulator: [
    { command: 'clt emulator', about: 'prints how to connect, runs until Ctrl-C' },
    { command: 'clt emulator --help', about: 'its own options' },
  ],
}
