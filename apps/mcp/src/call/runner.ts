import type { Client } from '@chatlayer-tables/core'
import { AskUser } from '../confirm/ask-user.ts'
import { Confirmation } from '../confirm/confirmation.ts'
import { confirmKey } from '../confirm/key.ts'
import { WriteJournal } from '../journal/write-journal.ts'
import type { Logger } from '../logger.ts'
import { Catalog } from '../policy/catalog.ts'
import { redactError } from '../policy/redact.ts'
import { NO_FACTS } from '../request-facts.ts'
import { dataResult, errorResult } from '../result/result.ts'
import { ToolError } from '../result/tool-error.ts'
import type { Session, Setup } from '../session.ts'
import { ServerMirrors } from '../tools/query-sql/server-mirrors.ts'
import { allowedTools, type Tool } from '../tools/registry.ts'
import { connect } from './connect.ts'
import type { CallContext } from './context.ts'
import { toToolError } from './errors.ts'

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
        const { run } = await tool.load()
        return dataResult(await run(args, context))
      } catch (error) {
        if (error instanceof AskUser) return error.result()
        const failure = toToolError(error, signal)
        logError(log, tool, failure, error)
        // The SDK sends no answer to a call that was cancelled.
        const discreet = redactError(failure, shared?.catalog.hiddenNames ?? [], args)
        return errorResult(tool, withExample(tool, discreet))
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
  if (!allowed.has(name)) throw new ToolError('NOT_ALLOWED', `There is no tool ${name}.`)
}

/** One line without what the failure quotes; of a mistake of our own with all there is to find it. */
function logError(log: Logger, tool: Tool, { code, details }: ToolError, error: unknown): void {
  if (code === 'INTERNAL') {
    log.error(`${tool.name}: ${error instanceof Error ? error.stack : String(error)}`)
    return
  }
  const written = details.written_ids === undefined ? '' : `, ${details.written_ids.length} written`
  log.info(`${tool.name}: ${code}${written}`)
}

/** Codes that say the arguments are at fault, so that a right call is worth showing. */
const ARGUMENT_ERRORS = new Set(['INVALID_ARGUMENTS', 'INVALID_INPUT', 'NOT_EXPRESSIBLE'])

function withExample(tool: Tool, failure: ToolError): ToolError {
  if (!ARGUMENT_ERRORS.has(failure.code)) return failure
  return new ToolError(failure.code, failure.message, {
    ...failure.details,
    example: tool.example,
  })
}
