import { type Client, canonicalJson } from '@chatlayer-tables/core'
import { AskUser } from '../confirm/ask-user.ts'
import { Confirmation } from '../confirm/confirmation.ts'
import { configuredKey, newKey, sharedKey } from '../confirm/key.ts'
import { WriteJournal } from '../journal/write-journal.ts'
import type { Logger } from '../logger.ts'
import { checkPlaceholders } from '../placeholders.ts'
import { Catalog } from '../policy/catalog.ts'
import { redactError } from '../policy/redact.ts'
import { NO_FACTS } from '../request-facts.ts'
import { dataResult, errorResult } from '../result/result.ts'
import { ToolError } from '../result/tool-error.ts'
import { viewError, viewResult } from '../result/view-result.ts'
import { ServerReviews } from '../review/server-reviews.ts'
import type { Session, Setup } from '../session.ts'
import { ServerNotes } from '../state/server-notes.ts'
import { isStorageError } from '../state/state-error.ts'
import type { ToolDefinition } from '../tools/define-tool.ts'
import { ServerMirrors } from '../tools/query-sql/server-mirrors.ts'
import { allowedTools } from '../tools/registry.ts'
import { viewData } from '../tools/view-data/definition.ts'
import { connect } from './connect.ts'
import type { CallContext } from './context.ts'
import { toToolError } from './errors.ts'
import { noteResponse, withProgress } from './progress.ts'

type Shared = Pick<
  CallContext,
  'client' | 'catalog' | 'confirmation' | 'journal' | 'mirrors' | 'reviews'
>

/** Runs tool calls with one shared client, created at the first call. */
export function createRunner(setup: Setup): Session {
  const { settings, env, log, state } = setup
  const allowed = new Set<string>([...allowedTools(settings), viewData].map(({ name }) => name))
  const journal = new WriteJournal(setup)
  let shared: Shared | undefined
  let client: Client | undefined

  function share(): Shared {
    if (shared !== undefined) return shared
    checkPlaceholders(setup)
    state.check()
    const configured = configuredKey(settings.confirmKeyFile, env)
    client ??= connect(setup, { onWrite: journal.listener, hooks: { onResponse: noteResponse } })
    const catalog = new Catalog(client, settings, log)
    const notes = new ServerNotes(state, log)
    shared = {
      client,
      catalog,
      confirmation: new Confirmation({
        settings,
        client,
        notes,
        key: keyOf(configured, setup, client, notes),
        now: () => state.now(),
      }),
      journal,
      mirrors: new ServerMirrors(setup, catalog),
      reviews: new ServerReviews(setup, client),
    }
    return shared
  }

  return {
    async call(tool, args, signal, facts = NO_FACTS) {
      try {
        checkAllowed(tool, allowed)
        const context = { ...share(), settings, env, log, state, signal }
        const { run } = await tool.load()
        const data = await withProgress(facts, (request) => run(args, { ...context, request }))
        return tool.isForViews ? viewResult(data) : dataResult(data)
      } catch (error) {
        if (error instanceof AskUser) return error.result()
        const toolError = toToolError(error, signal)
        logError(log, tool, toolError, error)
        // The SDK sends no response to a cancelled call.
        const redacted = redactError(toolError, shared?.catalog.hiddenNames ?? [], args)
        if (tool.isForViews) return viewError(redacted)
        return errorResult(tool, withExample(tool, redacted))
      }
    },
    async close() {
      await shared?.mirrors.close()
      await shared?.reviews.close()
      await journal.close()
      await client?.close()
    },
  }
}

/** The key of tokens: the operator's, one of all replicas, or one of this process. */
function keyOf(
  configured: Buffer | undefined,
  { state }: Setup,
  { connection }: Client,
  notes: ServerNotes,
): () => Promise<Buffer> {
  const own = configured ?? (state.isShared ? undefined : newKey())
  const { origin, teamId, botId } = connection
  let key: Promise<Buffer> | undefined
  return () => {
    key ??=
      own === undefined
        ? sharedKey(notes.shared('keys', canonicalJson([origin, teamId, botId])))
        : Promise.resolve(own)
    key.catch(() => {
      key = undefined
    })
    return key
  }
}

/** Clients do not see tools that are not allowed, but may call them all the same. */
function checkAllowed({ name }: ToolDefinition, allowed: ReadonlySet<string>): void {
  if (!allowed.has(name)) throw new ToolError('NOT_ALLOWED', `Unknown tool ${name}.`)
}

/** One line without quoted text; a bug of the server is logged with its stack. */
function logError(
  log: Logger,
  tool: ToolDefinition,
  { code, details }: ToolError,
  error: unknown,
): void {
  if (isStorageError(error)) {
    // What the caller learns names no path and no host.
    log.error(`${tool.name}: ${error.message}`)
    return
  }
  if (code === 'INTERNAL') {
    log.error(`${tool.name}: ${error instanceof Error ? error.stack : String(error)}`)
    return
  }
  const written = details.written_ids === undefined ? '' : `, ${details.written_ids.length} written`
  log.info(`${tool.name}: ${code}${written}`)
}

/** Codes of errors in the arguments: these errors show a valid call. */
const ARGUMENT_ERRORS = new Set(['INVALID_ARGUMENTS', 'INVALID_INPUT', 'NOT_EXPRESSIBLE'])

function withExample(tool: ToolDefinition, error: ToolError): ToolError {
  if (!ARGUMENT_ERRORS.has(error.code)) return error
  return new ToolError(error.code, error.message, {
    ...error.details,
    example: tool.example,
  })
}
