import type { Client } from '@chatlayer-tables/core'
import { dataAnswer, failureAnswer } from '../answer/answer.ts'
import { ToolFailure } from '../answer/failure.ts'
import type { Logger } from '../logger.ts'
import type { Session, Setup } from '../session.ts'
import type { Tool, ToolName } from '../tools/index.ts'
import { connect } from './connect.ts'
import type { ToolRunner } from './context.ts'
import { runDeleteRecords } from './delete-records.ts'
import { runDescribeTable } from './describe-table.ts'
import { runInsertRecords } from './insert-records.ts'
import { runListTables } from './list-tables.ts'
import { runQueryRecords } from './query-records.ts'
import { failureOf } from './trouble.ts'
import { runUpdateRecords } from './update-records.ts'

/** One for each tool; the type leaves none out. */
const RUNNERS: Readonly<Record<ToolName, ToolRunner>> = {
  list_tables: runListTables,
  describe_table: runDescribeTable,
  query_records: runQueryRecords,
  insert_records: runInsertRecords,
  update_records: runUpdateRecords,
  delete_records: runDeleteRecords,
}

/** Carries out calls with one client for all of them, made when the first needs it. */
export function createRunner(setup: Setup): Session {
  const { settings, log } = setup
  let client: Client | undefined
  return {
    async call(tool, args, signal) {
      try {
        client ??= connect(setup)
        return dataAnswer(await RUNNERS[tool.name](args, { client, settings, log, signal }))
      } catch (error) {
        const failure = failureOf(error, signal)
        logFailure(log, tool, failure, error)
        // The SDK sends no answer to a call that was cancelled.
        return failureAnswer(tool, withExample(tool, failure))
      }
    },
    close: async () => client?.close(),
  }
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
