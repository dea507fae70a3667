import type { Client } from '@chatlayer-tables/core'
import { dataAnswer, failureAnswer } from '../answer/answer.ts'
import { ToolFailure } from '../answer/failure.ts'
import type { Logger } from '../logger.ts'
import { NO_FACTS } from '../request-facts.ts'
import type { Session, Setup } from '../session.ts'
import { allowedTools, type Tool } from '../tools/index.ts'
import type { ToolName } from '../tools/names.ts'
import { AskUser } from './confirm/ask-user.ts'
import { Confirmation } from './confirm/confirmation.ts'
import { confirmKey } from './confirm/key.ts'
import { connect } from './connect.ts'
import type { CallContext, ToolRunner } from './context.ts'
import { runDeleteRecords } from './delete-records.ts'
import { runDescribeTable } from './describe-table.ts'
import { runInsertRecords } from './insert-records.ts'
import { runListChanges } from './journal/list-changes.ts'
import { runUndoChanges } from './journal/undo-changes.ts'
import { WriteJournal } from './journal/write-journal.ts'
import { runListTables } from './list-tables.ts'
import { Catalog } from './policy/catalog.ts'
import { discreetFailure } from './policy/discreet.ts'
import { runQueryRecords } from './query-records.ts'
import { ServerMirrors } from './sql/server-mirrors.ts'
import { failureOf } from './trouble.ts'
import { runUpdateRecords } from './update-records.ts'
import { runUpsertRecords } from './upsert-records.ts'

/** One for each tool; the type leaves none out. Those for files bring a library that few calls need. */
const RUNNERS: Readonly<Record<ToolName, ToolRunner>> = {
  list_tables: runListTables,
  describe_table: runDescribeTable,
  query_records: runQueryRecords,
  query_sql: async (...call) => (await import('./sql/query-sql.ts')).runQuerySql(...call),
  list_changes: runListChanges,
  insert_records: runInsertRecords,
  update_records: runUpdateRecords,
  upsert_records: runUpsertRecords,
  delete_records: runDeleteRecords,
  undo_changes: runUndoChanges,
  import_file: async (...call) => (await import('./files/import-file.ts')).runImportFile(...call),
  export_file: async (...call) => (await import('./files/export-file.ts')).runExportFile(...call),
}

type Shared = Pick<CallContext, 'client' | 'catalog' | 'confirmation' | 'journal' | 'mirrors'>

/** Carries out calls with one client for all of them, made when the first needs it. */
export function createRunner(setup: Setup): Session {
  const { settings, env, log } = setup
  const allowed = new Set<string>(allowedTools(settings).map(({ name }) => name))
  const journal = new WriteJournal(setup)
  let shared: Shared | undefined
  let client: Client | undefined

  function share(): Shared {
    if (shared !== undefined) return shared
    const key = confirmKey(settings.confirmKeyFile, env)
    client ??= connect(setup, { onWrite: journal.listener })
    const catalog = new Catalog(client, settings, log)
    shared = {
      client,
      catalog,
      confirmation: new Confirmation(key, settings, client),
      journal,
      mirrors: new ServerMirrors(setup, catalog),
    }
    return shared
  }

  return {
    async call(tool, args, signal, facts = NO_FACTS) {
      try {
        checkAllowed(tool, allowed)
        const context = { ...share(), settings, env, log, request: facts, signal }
        return dataAnswer(await RUNNERS[tool.name](args, context))
      } catch (error) {
        if (error instanceof AskUser) return error.result()
        const failure = failureOf(error, signal)
        logFailure(log, tool, failure, error)
        // The SDK sends no answer to a call that was cancelled.
        const discreet = discreetFailure(failure, shared?.catalog.hiddenNames ?? [], args)
        return failureAnswer(tool, withExample(tool, discreet))
      }
    },
    async close() {
      await shared?.mirrors.close()
      await journal.close()
      await client?.close()
    },
  }
}

/** Tools that are not allowed are not listed either; this holds whoever lists them. */
function checkAllowed({ name }: Tool, allowed: ReadonlySet<string>): void {
  if (!allowed.has(name)) throw new ToolFailure('NOT_ALLOWED', `There is no tool ${name}.`)
}

/** One line without what the failure quotes; of a mistake of our own with all there is to find it. */
function logFailure(log: Logger, tool: Tool, { code, details }: ToolFailure, error: unknown): void {
  if (code === 'INTERNAL') {
    log.error(`${tool.name}: ${error instanceof Error ? error.stack : String(error)}`)
    return
  }
  const written = details.written_ids === undefined ? '' : `, ${details.written_ids.length} written`
  log.info(`${tool.name}: ${code}${written}`)
}

/** Codes that say the arguments are at fault, so that a right call is worth showing. */
const WRONG_CALL = new Set(['INVALID_ARGUMENTS', 'INVALID_INPUT', 'NOT_EXPRESSIBLE'])

function withExample(tool: Tool, failure: ToolFailure): ToolFailure {
  if (!WRONG_CALL.has(failure.code)) return failure
  return new ToolFailure(failure.code, failure.message, {
    ...failure.details,
    example: tool.example,
  })
}
