/** The options that several commands share, and those of commands that have many. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { MCP_CLIENTS } from './commands/mcp/install/clients.ts'

export function addCommonOptions(program: Command): void {
  program
    .option('--json', 'write JSON', false)
    .option('--jq <expression>', 'write what jq makes of the JSON; texts without quotes')
    .option('--verbose', 'tell every request, and more of what went wrong, on stderr', false)
    .option('--no-color', 'no colours (NO_COLOR)')
    .option('-q, --quiet', 'no progress and no notes on stderr', false)
    .option('--live', 'work on LIVE; DRAFT otherwise', false)
    .option('--profile <name>', 'a saved connection (CHATLAYER_PROFILE)')
    .option('--region <region>', 'eu, us, sa or asia (CHATLAYER_REGION)')
    .option('--base-url <url>', "in the region's place (CHATLAYER_BASE_URL)")
    .option('--team <id>', 'the team (CHATLAYER_TEAM_ID)')
    .option('--bot <id>', 'the bot (CHATLAYER_BOT_ID)')
    .option('--token-file <path>', 'a file that holds the token, in place of CHATLAYER_TOKEN')
}

export function addLogin(command: Command): Command {
  return command
    .option('--with-token', 'read the token from stdin', false)
    .option('--no-keychain', "keep the token in a file, not in the system's keychain")
}

export function addDoctor(command: Command): Command {
  return command
    .option('--scratch-table <table>', 'a table that the probe may write to, and leaves as it was')
    .option('--no-probe', 'do not ask the gateway what it understands')
    .option('--save', 'keep what was learned in the profile', false)
}

export function addConditions(command: Command): Command {
  return command
    .addOption(
      repeatable('--where <condition>', 'such as "age >= 18"; given several times, all must hold'),
    )
    .option('--filter <json>', `a condition as JSON, such as '{"age": {"gte": 18}}'`)
}

export function addTarget(command: Command): Command {
  return addConditions(command)
    .addOption(repeatable('--id <id>', 'a record by its id'))
    .option('--all', 'every record of the table', false)
}

export function addAssignments(command: Command, aboutData: string): Command {
  return command
    .addOption(repeatable('--set <column=value>', 'a value, read by the type of its column'))
    .addOption(repeatable('--set-null <column>', 'null'))
    .option('--data <json>', aboutData)
}

export function addSafety(command: Command): Command {
  return command
    .addOption(dryRun())
    .option('-y, --yes', 'do not ask; needed where there is no terminal', false)
}

/** For commands that write values. */
export function addAcceptStored(command: Command): Command {
  return command.option(
    '--accept-stored',
    'exit 0 although the gateway stored some values otherwise than they were sent',
    false,
  )
}

/** For commands that write by key or by comparison. */
export function addNoWait(command: Command): Command {
  return command.option(
    '--no-wait',
    'fail at once while another process writes to the table by key',
  )
}

export function addExportOptions(command: Command): Command {
  return addConditions(
    command
      .option('-o, --output <file>', 'where to; stdout when left out')
      .addOption(fileFormat('told by the name of the file when left out; csv on stdout')),
  )
    .addOption(repeatable('--select <columns>', 'only these columns, in this order'))
    .addOption(repeatable('--sort <column[:desc]>', 'sort by a column; the first counts most'))
    .addOption(new Option('--limit <n>', 'at most this many').argParser(parseCount))
    .option('--with-meta', "also each record's own id, createdAt and updatedAt", false)
    .option('--delimiter <character>', 'between the cells of CSV (default: a comma)')
    .option('--bom', 'begin CSV and TSV with a byte order mark', false)
    .option(
      '--safe-formulas',
      'guard CSV and TSV against spreadsheets that run formulas; changes values',
      false,
    )
    .option(
      '--excel',
      'CSV and TSV for a double click: --bom, --safe-formulas, delimiter and decimals by locale',
      false,
    )
}

/** For commands that delete what their source does not have. */
export function addAllowEmpty(command: Command): Command {
  return command.option('--allow-empty', 'delete all records although the source has none', false)
}

function fileFormat(about: string): Option {
  return new Option('--format <format>', about).choices(['csv', 'tsv', 'ndjson', 'json', 'xlsx'])
}

/** How a file is read. */
export function addReading(command: Command): Command {
  return command
    .addOption(fileFormat('told by content and name when left out'))
    .option('--sheet <name>', 'of a spreadsheet; the first when left out')
    .option('--encoding <name>', 'such as windows-1252; told by content when left out')
    .option('--delimiter <character>', 'between cells; told by content when left out')
    .addOption(
      new Option('--decimal <sign>', 'before the fraction of a number').choices(['.', ',']),
    )
    .option('--date-format <format>', 'such as DD/MM/YYYY or D-MMM-YY; ISO 8601 when left out')
    .option('--null <text>', 'a text that means null, such as NULL')
    .option('--true <words>', 'words for true beside yes, 1 and WAAR, such as ja,x')
    .option('--false <words>', 'words for false beside no, 0 and FAUX, such as nee,-')
}

export function addImportOptions(command: Command): Command {
  return addAllowEmpty(addNoWait(addAcceptStored(addReading(command))))
    .addOption(
      new Option(
        '--mode <mode>',
        'insert, upsert, skip-existing, or replace: upsert, then delete the rest',
      )
        .choices(['insert', 'upsert', 'skip-existing', 'replace'])
        .default('insert'),
    )
    .addOption(
      repeatable('--key <columns>', 'the columns that tell records apart, with commas between'),
    )
    .option('--check', 'read the whole file, tell every problem, write nothing', false)
    .addOption(repeatable('--map <title=column>', 'the column that a title of the file means'))
    .addOption(repeatable('--ignore <title>', 'a column of the file to leave out'))
    .option(
      '--ignore-meta',
      'leave out what export --with-meta adds: id, createdAt, updatedAt',
      false,
    )
    .addOption(
      new Option('--on-error <how>', 'as --max-errors 1: continue or stop')
        .choices(['continue', 'stop'])
        .default('continue'),
    )
    .addOption(
      new Option(
        '--max-errors <n>',
        'write nothing of a file with n rows that cannot be read; stop at n rejected rows',
      ).argParser(parseCount),
    )
    .option('--out-dir <folder>', 'for rejected and unknown rows; beside the file when left out')
    .option('-y, --yes', 'do not ask before records are deleted', false)
}

export function addBackupOptions(command: Command): Command {
  return command
    .option('-o, --output <file>', 'the archive; one that stands there is kept until this is whole')
    .option('--versions <which>', 'draft, live, or both with a comma; both when left out')
}

export function addRestoreOptions(command: Command): Command {
  return addNoWait(addAcceptStored(addSafety(command)))
    .option(
      '--versions <which>',
      'of the backup: draft, live, or both with a comma; draft otherwise',
    )
    .addOption(
      new Option(
        '--into <version>',
        'the version to write; that of the backup when left out',
      ).choices(['draft', 'live']),
    )
    .addOption(
      repeatable('--map <old=new>', 'a table under another name or id, or table.column=column'),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'for tables that hold records: append, upsert by key, or replace: delete, then insert',
      ).choices(['append', 'upsert', 'replace']),
    )
    .addOption(
      repeatable('--key <columns>', 'that tell records apart; of one table: "table=column,column"'),
    )
    .option('--out-dir <folder>', 'for rejected and unknown records; beside the backup otherwise')
}

export function addMcpInstallOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--client <client>', 'whose configuration')
        .choices(MCP_CLIENTS)
        .makeOptionMandatory(),
    )
    .option('--name <name>', 'what the server is called there', 'chatlayer-tables')
    .option('--project', 'for this folder alone, where the client knows that', false)
    .option('--write-token', 'write the token into the file, in clear', false)
    .option('--print', 'show what to enter, and write nothing', false)
    .option('--remove', 'take it out', false)
    .option('-y, --yes', 'do not ask; needed where there is no terminal', false)
}

export function dryRun(): Option {
  return new Option('--dry-run', 'show what would change, and change nothing').default(false)
}

export function repeatable(flags: string, about: string): Option {
  return new Option(flags, about)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([])
}

export function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number from 1.')
}
