/** The tests that every store of reviews passes: two programs that share a store, against a model. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type NewReview,
  NONCE_MINUTES,
  REVIEW_MINUTES,
  type ReviewCaller,
  type ReviewOutcome,
  type Reviews,
  type StoredReview,
} from '../src/reviews/index.ts'

const OWN: ReviewCaller = {
  place: { origin: 'https://a.test', teamId: 'team', botId: 'bot' },
  principal: null,
}
const OTHERS: readonly ReviewCaller[] = [
  { ...OWN, principal: 'ann' },
  { ...OWN, place: { ...OWN.place, botId: 'other' } },
]
const MINUTE = 60_000

export interface ReviewsSetup {
  /** Makes an empty store, before each test. */
  readonly start: () => Promise<void>
  /** Opens it for another program. */
  readonly open: (now: () => number) => Reviews
  readonly end: () => Promise<void>
  /** How many sequences of steps are tried. */
  readonly runs: number
}

let setup: ReviewsSetup
let now: number
const opened: Reviews[] = []

export function testReviews(name: string, given: ReviewsSetup): void {
  describe(name, () => {
    beforeEach(async () => {
      setup = given
      now = Date.parse('2026-11-29T06:00:00Z')
      await setup.start()
    })

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()))
      await setup.end()
    })

    describeReviews()
  })
}

function open(): Reviews {
  const store = setup.open(() => now)
  opened.push(store)
  return store
}

function write(given: Partial<NewReview> = {}): NewReview {
  return {
    ...OWN,
    program: 'mcp',
    command: 'update_records',
    table: 'stores',
    version: 'DRAFT',
    call: { table: 'stores', all: true },
    bound: 'bound',
    facts: { title: 'update 3 records' },
    canTick: true,
    rows: [['a', 'b', 'c'].map((digest) => ({ digest, shown: { kind: 'updated', id: digest } }))],
    ...given,
  }
}

const refusalOf = (outcome: ReviewOutcome) => (outcome.ok ? undefined : outcome.reason)

/** A review with a value to decide with. */
async function opening(store: Reviews, given: Partial<NewReview> = {}) {
  const review = await store.create(write(given))
  const nonce = await store.openNonce(review.id, OWN)
  if (nonce === undefined) throw new Error('not pending')
  return { review, proof: { way: 'view', nonce, caller: OWN } as const }
}

interface Model {
  state: StoredReview['state']
  nonce: string | undefined
  nonceAt: number
  from: number
  until: number
  executions: number
}

const Step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('open', 'claim', 'complete', 'withdraw', 'read'),
    by: fc.nat(1),
  }),
  fc.record({
    kind: fc.constantFrom('approve', 'decline'),
    by: fc.nat(1),
    nonce: fc.constantFrom('latest', 'first', 'wrong', 'owner'),
    isOther: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('wait'),
    by: fc.nat(1),
    minutes: fc.integer({ min: -40, max: 40 }),
  }),
)

function describeReviews(): void {
  describe('a review', () => {
    it('is seen by other programs', async () => {
      const { id, digest } = await open().create(write({ note: 'why' }))
      const other = open()
      expect(await other.list({ states: ['pending'] })).toMatchObject([{ id, digest, note: 'why' }])
      expect(await other.rows(id, { set: 0, offset: 1, limit: 1 })).toEqual([
        { index: 1, digest: 'b', shown: { kind: 'updated', id: 'b' } },
      ])
      expect(await other.list({ caller: OTHERS[0] })).toEqual([])
    })

    it('has a digest of its rows, which does not reveal them', async () => {
      const store = open()
      const [one, same] = [await store.create(write()), await store.create(write())]
      expect(one.digest).not.toBe(same.digest)
    })

    it('is approved by the latest value alone, which any try uses up', async () => {
      const store = open()
      const { review, proof: old } = await opening(store)
      const { id, digest } = review
      const tries = async (nonce: string, given = {}) =>
        refusalOf(await store.approve(id, { digest, ...given }, { ...old, nonce }))
      const fresh = async () => (await store.openNonce(id, OWN)) ?? ''
      const latest = await fresh()
      expect(await tries(old.nonce)).toBe('nonce')
      expect(await tries(latest)).toBe('nonce')
      expect(await tries(await fresh(), { digest: 'other' })).toBe('digest')
      for (const ticked of [[], [[]], [[3]], [[-1]], [[0.5]], [[0], [0]], [[Number.NaN]]]) {
        expect(await tries(await fresh(), { ticked })).toBe('ticks')
      }
      const late = await fresh()
      now += NONCE_MINUTES * MINUTE
      expect(await tries(late)).toBe('nonce')
      const ahead = await fresh()
      now -= MINUTE
      expect(await tries(ahead)).toBe('nonce')
      expect(await tries(await fresh(), { ticked: [[2, 0, 2]] })).toBeUndefined()
      expect((await store.find(id))?.decision?.ticked).toEqual([[0, 2]])
    })

    it('is approved by its own caller alone', async () => {
      const store = open()
      const { review, proof } = await opening(store)
      for (const caller of OTHERS) {
        expect(await store.openNonce(review.id, caller)).toBeUndefined()
        const outcome = await store.approve(review.id, review, { ...proof, caller })
        expect(outcome).toEqual({ ok: false, reason: 'missing' })
      }
      expect((await store.approve(review.id, review, proof)).ok).toBe(true)
    })

    it('is approved as a whole if it has no parts', async () => {
      const store = open()
      const { review } = await opening(store, { canTick: false })
      const part = { digest: review.digest, ticked: [[0]] }
      expect(refusalOf(await store.approve(review.id, part, { way: 'terminal' }))).toBe('ticks')
      const all = { ...part, ticked: [[2, 1, 0]] }
      expect((await store.approve(review.id, all, { way: 'terminal' })).ok).toBe(true)
      expect((await store.find(review.id))?.decision?.ticked).toBeUndefined()
    })

    it.each([
      ['later', REVIEW_MINUTES * MINUTE],
      ['before it was made', -MINUTE],
    ])('has expired %s, also when the clock returns', async (_when, step) => {
      const store = open()
      const { review } = await opening(store)
      now += step
      expect((await store.find(review.id))?.state).toBe('expired')
      expect(refusalOf(await store.approve(review.id, review, { way: 'terminal' }))).toBe('expired')
      now -= step
      expect(refusalOf(await store.approve(review.id, review, { way: 'browser' }))).toBe('expired')
      expect(await store.claim(review.id)).toBeUndefined()
    })

    it('is not stored if it is too large, and old ones make room', async () => {
      const store = open()
      const rows = [[{ digest: 'a', shown: { text: 'x'.repeat(33_000_000) } }]]
      // By name: the store may be of another package, which has a class of its own.
      await expect(store.create(write({ rows }))).rejects.toMatchObject({
        name: 'ReviewTooLargeError',
      })
      const first = await store.create(write())
      const other = await store.create(write({ principal: 'ann' }))
      for (let count = 0; count < 100; count++) await store.create(write({ rows: [[]] }))
      expect(await store.find(first.id)).toBeUndefined()
      expect(await store.rows(first.id, { set: 0, offset: 0, limit: 9 })).toEqual([])
      expect(await store.list({ limit: 1_000 })).toHaveLength(101)
      expect((await store.find(other.id))?.state).toBe('pending')
    })
  })

  it('executes at most once, and only what was approved in time, whatever two programs do', async () => {
    const run = async (
      steps: readonly (typeof Step extends fc.Arbitrary<infer T> ? T : never)[],
    ) => {
      const stores = [open(), open()]
      const { id, digest } = await stores[0]!.create(write())
      const values: string[] = []
      const model: Model = {
        state: 'pending',
        nonce: undefined,
        nonceAt: 0,
        from: now,
        until: now + REVIEW_MINUTES * MINUTE,
        executions: 0,
      }
      const isOver = () => now >= model.until || now < model.from - 10_000
      /** What the store keeps when it touches the review. */
      const settle = () => {
        const waits =
          model.state === 'pending' || (model.state === 'approved' && model.executions === 0)
        if (waits && isOver()) model.state = 'expired'
      }
      for (const step of steps) {
        const store = stores[step.by]!
        if (step.kind === 'wait' && 'minutes' in step) now += step.minutes * MINUTE
        if (step.kind === 'open') {
          const nonce = await store.openNonce(id, OWN)
          settle()
          expect(nonce !== undefined).toBe(model.state === 'pending')
          if (nonce !== undefined) [model.nonce, model.nonceAt] = [nonce, now]
          if (nonce !== undefined) values.push(nonce)
        }
        if ((step.kind === 'approve' || step.kind === 'decline') && 'nonce' in step) {
          const given = {
            latest: model.nonce,
            first: values[0],
            wrong: 'A'.repeat(22),
            owner: undefined,
          }[step.nonce]
          const proof =
            step.nonce === 'owner'
              ? ({ way: 'terminal' } as const)
              : ({ way: 'view', nonce: given ?? '', caller: OWN } as const)
          const outcome =
            step.kind === 'approve'
              ? await store.approve(id, { digest: step.isOther ? 'other' : digest }, proof)
              : await store.decline(id, proof)
          settle()
          const isFresh =
            now < model.nonceAt + NONCE_MINUTES * MINUTE && now >= model.nonceAt - 10_000
          const isProven =
            step.nonce === 'owner' || (given !== undefined && given === model.nonce && isFresh)
          const isRight = step.kind === 'decline' || !step.isOther
          const isAccepted = model.state === 'pending' && isProven && isRight
          expect(outcome.ok).toBe(isAccepted)
          if (step.nonce !== 'owner' || isAccepted) model.nonce = undefined
          if (isAccepted) {
            model.state = step.kind === 'approve' ? 'approved' : 'declined'
            if (step.kind === 'approve')
              [model.from, model.until] = [now, now + REVIEW_MINUTES * MINUTE]
          }
        }
        if (step.kind === 'claim') {
          const claimed = await store.claim(id)
          if (model.executions === 0) settle()
          const isFirst = model.state === 'approved' && model.executions === 0
          expect(claimed !== undefined).toBe(isFirst)
          if (claimed !== undefined) model.executions++
        }
        if (step.kind === 'complete') {
          await store.complete(id, { message: 'done' })
          if (model.state === 'approved' && model.executions > 0) model.state = 'done'
        }
        if (step.kind === 'withdraw') {
          await store.withdraw(id)
          const waits =
            model.state === 'pending' || (model.state === 'approved' && model.executions === 0)
          if (waits) [model.state, model.nonce] = ['expired', undefined]
        }
        const waits =
          model.state === 'pending' || (model.state === 'approved' && model.executions === 0)
        expect((await store.find(id))?.state).toBe(waits && isOver() ? 'expired' : model.state)
      }
      expect(model.executions).toBeLessThanOrEqual(1)
    }
    await fc.assert(fc.asyncProperty(fc.array(Step, { maxLength: 25 }), run), {
      numRuns: setup.runs,
    })
  })

  it('is approved once by two programs at once', async () => {
    const stores = [open(), open()]
    const { review, proof } = await opening(stores[0]!)
    const outcomes = await Promise.all(
      [0, 1, 0, 1].map((by) => stores[by]!.approve(review.id, review, proof)),
    )
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const claims = await Promise.all([0, 1, 0, 1].map((by) => stores[by]!.claim(review.id)))
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1)
  })
}
