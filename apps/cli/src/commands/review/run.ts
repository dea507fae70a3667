/** `clt review`: shows what waits for a person, who decides in the terminal or the browser. */
import { NotFoundError } from '@chatlayer-tables/core'
import type { Context } from '../../context.ts'
import type { ExitCode } from '../../exit-codes.ts'
import { jobStore } from '../../jobs/job-store.ts'
import type { Options } from './definition.ts'

/** The argument for the plan of `chatlayer.yaml`; ids are longer. */
const PLAN = 'plan'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  if (options.id === PLAN) {
    const { reviewPlan } = await import('./review-plan.ts')
    return await reviewPlan(options, context)
  }
  const state = await context.state.open()
  const reviews = await state.openReviews()
  try {
    if (options.id === undefined) {
      const { listReviews } = await import('./list-reviews.ts')
      return await listReviews(reviews, context)
    }
    const review = await reviews.find(options.id)
    if (review !== undefined) {
      const { decideReview } = await import('./decide-review.ts')
      return await decideReview({ reviews, review }, options, context)
    }
    const { watchJob } = await import('./watch-job.ts')
    return await watchJob(await jobOf(options.id, context), options, context)
  } finally {
    await reviews.close()
  }
}

/** @returns the whole id of a job */
async function jobOf(id: string, context: Context): Promise<string> {
  try {
    const store = await jobStore(context)
    return (await store.show(id)).id
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    throw new NotFoundError(`there is no review and no job "${id}"`, {
      hint: 'Reviews are deleted a day after they were made. List those that wait with: clt review',
    })
  }
}
