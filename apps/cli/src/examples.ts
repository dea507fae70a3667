/** Examples for the help of every command. A test runs each of them. */
import type { CommandName } from './invocation.ts'

export interface Example {
  readonly command: string
  readonly about: string
}

export const EXAMPLES: Readonly<Record<CommandName, readonly Example[]>> = {
  'auth login': [
    { command: 'clt auth login', about: 'asks for all that it needs' },
    {
      command:
        'clt auth login --profile prod --region eu --team T1 --bot B1 --with-token < token.txt',
      about: 'asks nothing',
    },
  ],
  'auth status': [
    { command: 'clt auth status', about: 'which connection the next command would use' },
    { command: 'clt auth status --profile prod --json', about: 'of another profile' },
  ],
  'auth list': [{ command: 'clt auth list', about: 'the current one has a star' }],
  'auth switch': [{ command: 'clt auth switch prod', about: 'from now on, in every shell' }],
  'auth logout': [
    { command: 'clt auth logout prod', about: 'removes the token from this machine' },
    { command: 'clt auth logout --all', about: 'all of them' },
  ],
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
      command: 'clt records list airports --json iata,name --limit 2',
      about: 'these of each, as JSON; also --ndjson and --csv',
    },
    {
      command: `clt records list airports --jq '.[].values.city'`,
      about: 'what jq makes of the JSON; works with every command that has --json',
    },
    {
      command: 'clt records list airports@live',
      about: 'what customers see, in place of the draft',
    },
  ],
  'records count': [
    { command: `clt records count airports --where "state = NY"`, about: 'one number' },
    {
      command: `clt records count airports --where "name contains Intl" --explain`,
      about: 'how many requests it would take, and why',
    },
  ],
  'records get': [
    {
      command: 'clt records get airports 5b2f63c0-9f6e-4d7a-8a51-0c1d2e3f4a5b',
      about: 'one record, by its id',
    },
  ],
  'records watch': [
    {
      command: 'clt records watch airports --for 1s',
      about: 'for one second; until Ctrl-C without',
    },
    {
      command: `clt records watch airports --where "state = NY" --select name,city --interval 300ms --for 1s > changes.ndjson`,
      about: 'one JSON object for each change, for a script',
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
  'records upsert': [
    {
      command: 'clt records upsert airports --key iata --set iata=JFK --set city=Queens --dry-run',
      about: 'show what would change or be inserted',
    },
    {
      command: 'clt records upsert airports --key iata --yes < airports.ndjson',
      about: 'many: one JSON object a line; columns that a line lacks stay as they are',
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
  diff: [
    {
      command: 'clt diff airports airports@live --key iata || test $? -eq 1',
      about: 'DRAFT and LIVE; 1 means that something differs, 2 and more is trouble',
    },
    {
      command: 'clt diff airports.csv airports --key iata --summary || test $? -eq 1',
      about: 'a file with a table, in figures',
    },
    {
      command: 'clt diff ./airports.csv :airports --columns iata,city --json || test $? -eq 1',
      about: './ says that it is a file, : that it is a table',
    },
  ],
  sync: [
    {
      command: 'clt sync airports@draft airports@live --key iata --dry-run',
      about: 'show what would change in LIVE',
    },
    {
      command: 'clt sync airports@draft airports@live --key iata --yes',
      about: 'bring it to LIVE; records that only LIVE has stay',
    },
    {
      command: 'clt sync airports.csv airports --key iata --delete --yes',
      about: 'make a table equal to a file',
    },
  ],
  'changes list': [
    { command: 'clt changes list', about: 'what was written last' },
    {
      command: 'clt changes list --table airports@draft --since 2d --json',
      about: 'to one table, in the last two days',
    },
  ],
  'changes show': [
    { command: 'clt changes show h7k2', about: 'every record, before and after' },
    { command: 'clt changes show h7k2 --limit 20 --offset 20', about: 'the second twenty' },
  ],
  'changes undo': [
    { command: 'clt changes undo h7k2 --dry-run', about: 'show what it would do' },
    { command: 'clt changes undo h7k2 --yes', about: 'undo all of it' },
    {
      command: 'clt changes undo --job t5r8 --yes',
      about: 'all that an import, sync or restore wrote, in all of its runs',
    },
    {
      command: `clt changes undo h7k2 --where "state = NY" --note "wrong file" --yes`,
      about: 'a part of it, and why',
    },
  ],
  'changes prune': [
    { command: 'clt changes prune', about: 'what is kept too long; done unasked now and then' },
    { command: 'clt changes prune --older-than 30d', about: 'what is older than that' },
  ],
  infer: [
    { command: 'clt infer airports.csv', about: 'the columns to create in the web app, and why' },
    { command: 'gzip -c airports.csv | clt infer - --json', about: 'as JSON, from stdin' },
  ],
  export: [
    { command: 'clt export airports -o copy.csv', about: 'into a file' },
    { command: 'clt export airports > copy.csv', about: 'to stdout' },
    {
      command: `clt export airports -o ny.xlsx --where "state = NY" --select iata,name --sort name`,
      about: 'a part of the table, as a spreadsheet',
    },
    {
      command: 'clt export airports@live -o copy.ndjson.gz --with-meta',
      about: "with each record's own id and dates, packed",
    },
  ],
  doctor: [
    { command: 'clt doctor', about: 'settings, network, sign-in, tables, clock and dialect' },
    { command: 'clt doctor --no-probe --json', about: 'without the many small questions' },
    {
      command: 'clt doctor --scratch-table scratch',
      about: 'learns more, by writes on that table, which are taken back',
    },
    { command: 'clt doctor --profile prod --save', about: 'keeps what was learned in the profile' },
  ],
  try: [
    { command: 'clt try', about: 'opens a shell; exit ends it' },
    { command: 'clt try -- clt records list stores', about: 'runs one command' },
  ],
  backup: [
    { command: 'clt backup -o bot.zip', about: 'all tables of the bot, DRAFT and LIVE' },
    {
      command: 'clt backup airports@live -o airports.zip',
      about: 'one table, and of it only what customers see',
    },
  ],
  'backup show': [{ command: 'clt backup show backup.zip', about: 'what is in it' }],
  'backup verify': [
    { command: 'clt backup verify backup.zip', about: 'read all of it, tell what is wrong' },
  ],
  restore: [
    {
      command: 'clt restore backup.zip --mode replace --dry-run',
      about: 'what restoring all of DRAFT would do',
    },
    {
      command: 'clt restore backup.zip airports --mode replace --yes',
      about: 'put one table back as it was',
    },
    {
      command: 'clt restore backup.zip airports@draft --into live --map airports=airports',
      about: 'the draft of the backup into LIVE, said in so many words',
    },
  ],
  sql: [
    {
      command: `clt sql "select state, count(*) n from airports group by 1 order by 2 desc limit 5"`,
      about: "the tables of the bot, in SQLite's SQL",
    },
    {
      command: `clt sql "select name from airports where state = :state" -p state=NY --csv`,
      about: 'a value apart from the query',
    },
    {
      command: `clt sql "select d.iata from airports d left join live.airports l using (iata) where l.id is null"`,
      about: 'what stands in DRAFT and not in LIVE',
    },
    {
      command: `clt sql "select f.iata from file('airports.csv') f left join airports a using (iata) where a.id is null"`,
      about: 'what stands in a file and not in the table',
    },
    {
      command: `echo "select max(latitude) from airports" | clt sql --fresh 5m --json`,
      about: 'from stdin, on what was read in the last five minutes',
    },
  ],
  profile: [
    { command: 'clt profile airports', about: 'fill, range, frequent and suspicious values' },
    {
      command: `clt profile airports --where "state = NY" --select city,latitude --top 10`,
      about: 'of some columns of some records',
    },
    {
      command: 'clt profile airports --sample 1000 --json',
      about: 'of a large table, for a script',
    },
  ],
  types: [
    { command: 'clt types airports', about: 'a zod schema and a type, on stdout' },
    { command: 'clt types -o tables.ts', about: 'all tables of the bot, into a file' },
    {
      command: 'clt types -o tables.ts && clt types -o tables.ts --check',
      about: 'in CI the second half: fails when columns have changed since',
    },
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
  completion: [
    { command: 'eval "$(clt completion bash)"', about: 'in this shell; for all, in ~/.bashrc' },
    { command: 'clt completion zsh > _clt', about: 'for a folder of $fpath' },
    { command: 'clt completion fish > clt.fish', about: 'for ~/.config/fish/completions' },
    {
      command: 'clt completion powershell > clt.ps1',
      about: 'to be called in $PROFILE',
    },
  ],
  emulator: [
    { command: 'clt emulator', about: 'prints how to connect, runs until Ctrl-C' },
    { command: 'clt emulator --help', about: 'its own options' },
  ],
}
