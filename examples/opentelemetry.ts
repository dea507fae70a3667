/** Makes a span of OpenTelemetry for each request, within the caller's span, from the diagnostics channels. */
import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import {
  createClient,
  type RequestEvent,
  type ResponseEvent,
  type RetryEvent,
} from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** Call it once, at the start of the program: it covers all clients of the process. */
function traceRequests(): void {
  const tracer = trace.getTracer('chatlayer-tables')
  const open = new Map<string, Span>()
  const keyOf = ({ id, attempt }: RequestEvent) => `${id}/${attempt}`

  subscribe('chatlayer-tables:request', (message) => {
    const event = message as RequestEvent
    const { hostname, port, protocol } = new URL(event.origin)
    const span = tracer.startSpan(`${event.method} ${event.operation}`, {
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': event.method,
        'http.request.resend_count': event.attempt - 1,
        'server.address': hostname,
        'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
        'url.path': event.path,
        'chatlayer.operation': event.operation,
        'chatlayer.action': event.action,
      },
    })
    open.set(keyOf(event), span)
  })

  // Each attempt ends with one of these, also without a response and when the caller aborts it.
  subscribe('chatlayer-tables:response', (message) => {
    const event = message as ResponseEvent
    const span = open.get(keyOf(event))
    open.delete(keyOf(event))
    if (event.status !== undefined) span?.setAttribute('http.response.status_code', event.status)
    if (event.failure !== undefined) {
      span?.setAttribute('error.type', event.failure.kind)
      span?.setStatus({ code: SpanStatusCode.ERROR, message: event.failure.message })
    }
    span?.end()
  })

  subscribe('chatlayer-tables:retry', (message) => {
    const { delayMs, why } = message as RetryEvent
    trace.getActiveSpan()?.addEvent('retry', { 'chatlayer.delay_ms': delayMs, why })
  })
}

// A program has an SDK that sends the spans somewhere; here they stay in memory.
const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
)
traceRequests()

const emulator = await startEmulator({
  tables: [{ name: 'leads', columns: [{ name: 'name', type: 'text' }] }],
  faults: [{ kind: 'status', status: 503, operations: ['getTableData'], times: 1 }],
})
const client = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
})
await trace.getTracer('nightly').startActiveSpan('nightly', async (span) => {
  await client.table('leads').records().toArray()
  span.end()
})
await client.close()
await emulator.close()

const spans = exporter.getFinishedSpans()
for (const { name, attributes } of spans) console.log(name, attributes)

const [parent] = spans.filter(({ name }) => name === 'nightly')
const requests = spans.filter(({ kind }) => kind === SpanKind.CLIENT)
assert.ok(requests.every((span) => span.parentSpanContext?.spanId === parent?.spanContext().spanId))
const reads = requests.filter(({ name }) => name === 'GET getTableData')
assert.deepEqual(
  reads.map(({ attributes }) => attributes['http.response.status_code']),
  [503, 200],
)
assert.equal(reads[1]?.attributes['http.request.resend_count'], 1)
assert.deepEqual(
  parent?.events.map(({ name }) => name),
  ['retry'],
)
const shown = JSON.stringify(spans.map(({ attributes }) => attributes))
assert.ok(!shown.includes(emulator.token))
