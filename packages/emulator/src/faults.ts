/** The faults: one vocabulary for start options, the admin path and the handle. */
import { ACTION_TYPES, endpoints, type OperationId } from '@chatlayer-tables/contract'
import { z } from 'zod'

const OPERATION_IDS = Object.keys(endpoints) as [OperationId, ...OperationId[]]

/** Which requests a fault applies to; only well-formed ones are considered. */
const selection = {
  /** Share of the considered requests that it applies to. */
  rate: z.number().min(0).max(1).default(1),
  operations: z.array(z.enum(OPERATION_IDS)).min(1).optional(),
  /** Only these actions of the action operation; it then applies to no other operation. */
  actions: z.array(z.enum(ACTION_TYPES)).min(1).optional(),
  /** Stops after this many hits. */
  times: z.int().min(1).optional(),
}

/** Whether the request is carried out before the fault. */
const when = z.enum(['before', 'after'])
const milliseconds = z.number().min(0).max(3_600_000)

const Latency = z.strictObject({
  kind: z.literal('latency'),
  ms: z.union([
    milliseconds,
    z
      .strictObject({ min: milliseconds, max: milliseconds })
      .refine(({ min, max }) => min <= max, { error: 'min must not be greater than max' }),
  ]),
  /**
   * A request whose client disconnects during the wait is not carried out with `before`, and is
   * carried out with `after`.
   */
  when: when.default('before'),
  ...selection,
})

const RateLimit = z.strictObject({
  kind: z.literal('rate-limit'),
  perSecond: z.number().positive(),
  /**
   * `window`: `perSecond` requests in each second, counted from its first; `bucket`: refilled
   * steadily.
   */
  algorithm: z.enum(['window', 'bucket']).default('window'),
  /** Size of the bucket (default: `perSecond`, at least 1). */
  burst: z.number().min(1).optional(),
  headers: z
    .enum([
      'none',
      'retry-after-seconds',
      'retry-after-date',
      'x-ratelimit-seconds',
      'x-ratelimit-ms',
    ])
    .default('retry-after-seconds'),
  ...selection,
})

const Status = z.strictObject({
  kind: z.literal('status'),
  status: z.int().min(400).max(599).default(503),
  when: when.default('before'),
  ...selection,
})

const Reset = z.strictObject({
  kind: z.literal('reset'),
  when: when.default('before'),
  ...selection,
})

const Hang = z.strictObject({
  kind: z.literal('hang'),
  when: when.default('before'),
  ...selection,
})

const CutBody = z.strictObject({
  kind: z.literal('cut-body'),
  when: when.default('after'),
  ...selection,
})

const MalformedBody = z.strictObject({
  kind: z.literal('malformed-body'),
  when: when.default('after'),
  ...selection,
})

const Html = z.strictObject({
  kind: z.literal('html'),
  status: z.int().min(200).max(599).default(502),
  when: when.default('after'),
  ...selection,
})

const SlowDrip = z.strictObject({
  kind: z.literal('slow-drip'),
  /** Time for the whole body. */
  ms: milliseconds,
  ...selection,
})

const UnstableOrder = z.strictObject({ kind: z.literal('unstable-order'), ...selection })

export const Fault = z.discriminatedUnion('kind', [
  Latency,
  RateLimit,
  Status,
  Reset,
  Hang,
  CutBody,
  MalformedBody,
  Html,
  SlowDrip,
  UnstableOrder,
])
/** A fault with its defaults. */
export type Fault = z.output<typeof Fault>
export type FaultInput = z.input<typeof Fault>
export type FaultKind = Fault['kind']

/** The faults that replace the response; a request gets at most one of them. */
export type Ending = Extract<
  Fault,
  { kind: 'status' | 'reset' | 'hang' | 'cut-body' | 'malformed-body' | 'html' | 'slow-drip' }
>
export type RateLimitFault = Extract<Fault, { kind: 'rate-limit' }>
