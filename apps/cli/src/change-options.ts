/** The options of commands that write, for the journal, and of `clt changes`. */
import { type Command, Option } from 'commander'
import { parseSpan, parseTime } from './commands/changes/time.ts'
import { addConditions, addSafety, parseCount, repeatable } from './options.ts'

/** For every command that writes to a table. */
export function addJournal(command: Command): Command {
  return addNote(command).option('--no-journal', 'keep nothing by which the writes could be undone')
}

function addNote(command: Command): Command {
  return command.option('--note <text>', 'why, to be kept with the changes')
}

export function addChangeFilter(command: Command): Command {
  return command
    .option('--table <table>', 'of this table; name@draft or name@live says which version')
    .option('--tool <name>', 'made by this tool: cli or mcp')
    .option('--job <id>', 'made by this job, or the start of its id')
    .addOption(
      new Option('--since <time>', 'from then on: 2026-05-01, 2026-05-01T12:30, or 2d').argParser(
        (text: string) => parseTime(text),
      ),
    )
    .addOption(
      new Option('--until <time>', 'before then').argParser((text: string) => parseTime(text)),
    )
    .addOption(limit(50))
}

export function addChangePage(command: Command): Command {
  return command
    .option('--record <id>', 'only what was done to this record')
    .addOption(limit(100))
    .addOption(
      new Option('--offset <n>', 'pass over so many first').argParser(parseCount).default(0),
    )
}

export function addUndo(command: Command): Command {
  const chosen = addConditions(
    command
      .option('--job <id>', 'all change sets of this job, or the start of its id')
      .addOption(repeatable('--record <id>', 'only what was done to this record')),
  )
  return addNote(
    addSafety(chosen)
      .option('--force', 'also where somebody changed the record since', false)
      .option('--keep-ids', 'restore no null by deleting and inserting again', false),
  )
}

export function addPrune(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--older-than <span>',
        'such as 30d; what is kept too long when left out',
      ).argParser(parseSpan),
    )
    .option(
      '--local-clock',
      "measure ages by this machine's clock alone, not by the gateway's too",
      false,
    )
}

function limit(count: number): Option {
  return new Option('--limit <n>', 'at most this many').argParser(parseCount).default(count)
}
